using System.Globalization;
using Shacache.Http.Upstreams;
using Shacache.Testing.Upstreams;

namespace Shacache.Http.Tests.Upstreams;

/// <summary>A server in front of the upstreams of a test, with short timeouts.</summary>
internal static class ProximitySite
{
    public static Task<TestServer> StartAsync(params ScriptedUpstream[] upstreams) => StartAsync(Options(upstreams));

    public static Task<TestServer> StartAsync(ProximityOptions options) => TestServer.StartAsync(new CacheServerOptions { Proximity = options });

    public static ProximityOptions Options(params ScriptedUpstream[] upstreams) => Options([.. upstreams.Select((upstream, i) => Upstream(upstream, i))]);

    public static ProximityOptions Options(IReadOnlyList<UpstreamOptions> upstreams, TimeSpan? hedge = null, int maxTransfers = 256) => new()
    {
        Upstreams = upstreams,
        HedgeDelay = hedge ?? TimeSpan.FromSeconds(20),
        NegativeTtl = TimeSpan.FromMinutes(10),
        MaxTransfers = maxTransfers,
    };

    public static UpstreamOptions Upstream(ScriptedUpstream upstream, int number = 0, TimeSpan? firstByte = null, TimeSpan? stall = null, bool isPeer = false) =>
        Upstream(upstream.CacheUrl, upstream.DirectoryUrl, number, firstByte, stall, isPeer);

    public static UpstreamOptions Upstream(
        Uri cache, Uri directory, int number = 0, TimeSpan? firstByte = null, TimeSpan? stall = null, bool isPeer = false) => new()
        {
            Name = string.Create(CultureInfo.InvariantCulture, $"upstream-{number}"),
            CacheUrl = cache,
            DirectoryUrl = directory,
            IsPeer = isPeer,
            Limits = new UpstreamLimits { FirstByteTimeout = firstByte ?? TimeSpan.FromSeconds(20), StallTimeout = stall ?? TimeSpan.FromSeconds(20) },
        };
}
