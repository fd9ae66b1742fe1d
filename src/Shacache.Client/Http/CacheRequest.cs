using Shacache.Client.Configuration;
using Shacache.Core.Urls;
using Shacache.Protocol;

namespace Shacache.Client.Http;

/// <summary>A request to a configured server, or to the server of a URL that is fetched.</summary>
/// <param name="Method">GET, HEAD, POST or PUT.</param>
/// <param name="Server">The base URL whose credentials go with it.</param>
/// <param name="Url">The resource.</param>
internal sealed record CacheRequest(HttpMethod Method, CacheUrl Server, Uri Url) : OutgoingRequest(Method, Url)
{
    /// <summary>The Unix socket that it goes to, for messages; null for the network.</summary>
    public string? SocketPath { get; init; }

    public override string ToString() =>
        SocketPath is null ? $"{Method} {UrlSecrets.Redact(Url.AbsoluteUri)}" : $"{Method} {Url.AbsolutePath} at {SocketPath}";
}
