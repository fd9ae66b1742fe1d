using Shacache.Client.Configuration;
using Shacache.Client.Http;

namespace Shacache.Client.Downloads;

/// <summary>One client of a network cache, asked with the limits that each purpose allows.</summary>
internal sealed class CacheClients : IDisposable
{
    /// <summary>A server that took a whole upload must answer within this time; then it is given up.</summary>
    private static readonly TimeSpan UploadTimeout = TimeSpan.FromSeconds(30);

    private readonly NetworkCacheClient _client;

    public CacheClients(NetworkCacheOptions options, DownloadCacheOptions policy, CacheHealth health, TimeProvider timeProvider)
    {
        _client = new NetworkCacheClient(options, timeProvider);

        // A look-up is repeated at no server: the origin is there, and the time is short. What a server does wrong is said once.
        Directory = _client.With(Hasty(options, options.Servers.DownloadDirectory.Count, policy.CacheTimeout) with
        {
            MaxRetries = 0,
            OnWarning = text => health.WarnOnce("directory", text),
        });

        // With one server a broken transfer is resumed; with several the next one goes on.
        int contentServers = options.Servers.DownloadCache.Count;
        Content = _client.With(Hasty(options, contentServers, policy.CacheTimeout) with
        {
            MaxRetries = contentServers > 1 ? 0 : options.MaxRetries,
            OnWarning = null,
        });
        Upload = _client.With(options with
        {
            ConnectTimeout = Shorter(options.ConnectTimeout, policy.CacheTimeout),
            FirstByteTimeout = Shorter(options.FirstByteTimeout, UploadTimeout),
            MaxRetries = 0,
            OnWarning = null,
        });
    }

    public NetworkCacheClient Directory { get; }

    public NetworkCacheClient Content { get; }

    public NetworkCacheClient Upload { get; }

    /// <summary>How origins are asked.</summary>
    public HttpTransport Origins => _client.Origins;

    public void Dispose() => _client.Dispose();

    /// <summary>Every server gets its share of the time, so that one that hangs does not keep the next from being asked.</summary>
    private static NetworkCacheOptions Hasty(NetworkCacheOptions options, int servers, TimeSpan timeout)
    {
        TimeSpan half = timeout / (2 * Math.Max(servers, 1));
        return options with { ConnectTimeout = Shorter(options.ConnectTimeout, half), FirstByteTimeout = Shorter(options.FirstByteTimeout, half) };
    }

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
