using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Shacache.Protocol;

namespace Shacache.Http.Upstreams;

/// <summary>The headers that say how an answer came about. Only servers with upstreams send them.</summary>
internal static class UpstreamHeaders
{
    private static readonly StringValues Hit = "HIT";
    private static readonly StringValues Miss = "MISS";
    private static readonly StringValues Stale = "STALE";

    /// <summary>It was here.</summary>
    public static void WriteHit(IHeaderDictionary headers) => headers[WireHeaders.CacheStatus] = Hit;

    /// <summary>Upstreams were asked, or would have been.</summary>
    /// <param name="headers">Of the answer.</param>
    /// <param name="upstream">The one that had it; null when none had.</param>
    public static void WriteMiss(IHeaderDictionary headers, string? upstream = null)
    {
        headers[WireHeaders.CacheStatus] = Miss;
        if (upstream is not null)
            headers[WireHeaders.UpstreamName] = upstream;
    }

    /// <summary>Who had what was here.</summary>
    public static void WriteUpstream(IHeaderDictionary headers, string upstream) => headers[WireHeaders.UpstreamName] = upstream;

    /// <summary>How many entries of a listing, the first ones, were put here: a client that puts one wants to know whether it is among them.</summary>
    public static void WriteOwn(IHeaderDictionary headers, int count) => headers[WireHeaders.OwnCount] = count.ToString(CultureInfo.InvariantCulture);

    /// <summary>It was here, and upstreams should have been asked whether there is something newer, but cannot be.</summary>
    public static void WriteStale(IHeaderDictionary headers) => headers[WireHeaders.CacheStatus] = Stale;
}
