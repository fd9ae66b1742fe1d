using System.Net;
using System.Net.Http.Headers;

namespace Shacache.Http.Upstreams;

/// <summary>What any upstream may be asked. Nothing of the client's own request goes along but the way that it came.</summary>
/// <param name="Method">GET or HEAD.</param>
/// <param name="Surface">Where.</param>
/// <param name="Segment">The last segment of the path, escaped.</param>
/// <param name="Via">The way so far, with this server at its end.</param>
internal sealed record UpstreamRequest(HttpMethod Method, UpstreamSurface Surface, string Segment, string Via)
{
    private static readonly ProductInfoHeaderValue Product = new("shacache", typeof(UpstreamRequest).Assembly.GetName().Version?.ToString(3));

    /// <summary>The first byte that is wanted.</summary>
    public long FirstByte { get; init; }

    /// <summary>The tag that one upstream gave to what is wanted from <see cref="FirstByte"/> on; null when it gave none.</summary>
    public string? IfRange { get; init; }

    /// <summary>Whose tag that is: to the others it means nothing.</summary>
    public string? IfRangeOf { get; init; }

    public Uri UrlAt(UpstreamOptions upstream)
    {
        Uri parent = Surface == UpstreamSurface.Cache ? upstream.CacheUrl : upstream.DirectoryUrl;

        // As it is: an escaped key must not become another one.
        return new Uri($"{parent.AbsoluteUri.TrimEnd('/')}/{Segment}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
    }

    public HttpRequestMessage ToMessage(Uri url, UpstreamOptions upstream, bool withCredentials)
    {
        var message = new HttpRequestMessage(Method, url) { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        HttpRequestHeaders headers = message.Headers;
        headers.UserAgent.Add(Product);
        headers.TryAddWithoutValidation("Accept-Encoding", "identity");
        headers.TryAddWithoutValidation("Via", Via);
        if (upstream.IsPeer)
            headers.CacheControl = new CacheControlHeaderValue { OnlyIfCached = true };
        if (FirstByte > 0)
        {
            headers.Range = new RangeHeaderValue(FirstByte, null);
            if (IfRange is not null && IfRangeOf == upstream.Name)
                headers.TryAddWithoutValidation("If-Range", IfRange);
        }

        if (withCredentials)
            headers.Authorization = upstream.Authorization;
        return message;
    }
}
