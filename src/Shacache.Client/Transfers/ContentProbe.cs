using System.Net;
using Shacache.Client.Configuration;
using Shacache.Client.Http;
using Shacache.Core.Blobs;
using Shacache.Protocol;

namespace Shacache.Client.Transfers;

/// <summary>Asks a server whether it has a content, without reading it.</summary>
internal sealed class ContentProbe(HttpTransport transport, NetworkCacheOptions options, Digest digest)
{
    /// <summary>HEAD, then a GET whose body is not read for servers that know no HEAD.</summary>
    public async Task<ContentLocation> LocateAsync(CacheUrl server, CancellationToken cancellationToken) =>
        await AskAsync(HttpMethod.Head, server, cancellationToken).ConfigureAwait(false)
        ?? (await AskAsync(HttpMethod.Get, server, cancellationToken).ConfigureAwait(false))!;

    private async Task<ContentLocation?> AskAsync(HttpMethod method, CacheUrl server, CancellationToken cancellationToken)
    {
        using ExchangeClock clock = transport.StartClock(options, cancellationToken);
        var request = new CacheRequest(method, server, server.Append(digest.ToString())) { WantsDigest = true };
        using HttpResponseMessage response = await transport.SendAsync(request, clock).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.OK)
            return new ContentLocation(server.Uri, response.Content.Headers.ContentLength);
        if (method == HttpMethod.Head && response.StatusCode is HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented)
            return null;
        throw await transport.ReadFailureAsync(request, response, clock).ConfigureAwait(false);
    }
}

/// <summary>A server that has a content.</summary>
/// <param name="Server">The base URL, without user and password.</param>
/// <param name="LengthBytes">How long the server says that it is; null when it does not say.</param>
public sealed record ContentLocation(Uri Server, long? LengthBytes);
