using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;

namespace Shacache.Http.Upstreams;

/// <summary>The way of a request from cache to cache (header <c>Via</c>, RFC 9110, section 7.6.3). It keeps two caches from asking each other for ever.</summary>
internal sealed class RequestPath(ProximityOptions options)
{
    private const int MaxLength = 2048;

    // Two servers may have one host name, and one server several: only a random name is unique.
    private readonly string _self = $"shacache-{RandomNumberGenerator.GetHexString(12, lowercase: true)}";

    /// <summary>The way for a request of this server itself.</summary>
    public string Own => $"1.1 {_self}";

    /// <summary>The way with this server at its end; null when no upstream is to be asked: the request was here before, or went too far.</summary>
    public string? Extend(HttpRequest request)
    {
        if (request.Headers.Via.Count == 0)
            return Own;
        string path = string.Join(", ", request.Headers.Via.AsEnumerable());
        bool isTooFar = path.Length > MaxLength || path.AsSpan().Count(',') + 1 >= options.MaxHops;
        return isTooFar || path.Contains(_self, StringComparison.Ordinal) ? null : $"{path}, 1.1 {_self}";
    }

    /// <summary>Whether the client wants only what is here (RFC 9111, section 5.2.1.7), as peers do.</summary>
    public static bool IsOnlyIfCached(HttpRequest request) =>
        request.Headers.CacheControl.Count > 0 && request.Headers.CacheControl.ToString().Contains("only-if-cached", StringComparison.OrdinalIgnoreCase);
}
