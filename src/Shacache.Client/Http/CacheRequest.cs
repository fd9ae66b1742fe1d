using System.Net.Http.Headers;
using Shacache.Client.Configuration;
using Shacache.Core.Urls;

namespace Shacache.Client.Http;

/// <summary>A request that can be sent again: after a redirect, or as another attempt.</summary>
/// <param name="Method">GET, HEAD, POST or PUT.</param>
/// <param name="Server">The base URL whose credentials go with it.</param>
/// <param name="Url">The resource.</param>
internal sealed record CacheRequest(HttpMethod Method, CacheUrl Server, Uri Url)
{
    public RangeHeaderValue? Range { get; init; }

    public RangeConditionHeaderValue? IfRange { get; init; }

    /// <summary>The entity tag of the copy at hand, as its server wrote it; the answer may be 304.</summary>
    public string? IfNoneMatch { get; init; }

    /// <summary>The date of the copy at hand, as its server wrote it; the answer may be 304.</summary>
    public string? IfModifiedSince { get; init; }

    /// <summary>A server with upstreams is to answer from what it has itself.</summary>
    public bool OnlyIfCached { get; init; }

    /// <summary>The answer is to tell the digest of what is stored (RFC 9530): a server of ours compares the bytes before it says that it has them.</summary>
    public bool WantsDigest { get; init; }

    /// <summary>
    /// The answer is kept under this URL, and nothing else says what it should be: no redirect from https to http is followed, where anybody on the way
    /// could answer.
    /// </summary>
    public bool KeepsTls { get; init; }

    /// <summary>The Unix socket that it goes to, for messages; null for the network.</summary>
    public string? SocketPath { get; init; }

    /// <summary>Makes the body; called for each sending.</summary>
    public Func<TransferClock, HttpContent>? Body { get; init; }

    /// <summary>Wait for the server's consent before the body is sent, so that its refusal can be read.</summary>
    public bool ExpectContinue { get; init; }

    public HttpRequestMessage ToMessage(Uri url, AuthenticationHeaderValue? credentials, TransferClock clock)
    {
        var message = new HttpRequestMessage(Method, url)
        {
            Version = System.Net.HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = Body?.Invoke(clock),
        };
        message.Headers.UserAgent.Add(new ProductInfoHeaderValue("shacache", typeof(CacheRequest).Assembly.GetName().Version?.ToString(3)));
        message.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
        message.Headers.Range = Range;
        if (Range is not null && IfRange is not null)
            message.Headers.IfRange = IfRange;
        // Verbatim: a server compares with what it sent, also where that is not quite what the standard says.
        if (IfNoneMatch is not null)
            message.Headers.TryAddWithoutValidation("If-None-Match", IfNoneMatch);
        if (IfModifiedSince is not null)
            message.Headers.TryAddWithoutValidation("If-Modified-Since", IfModifiedSince);
        if (OnlyIfCached)
            message.Headers.CacheControl = new CacheControlHeaderValue { OnlyIfCached = true };
        if (WantsDigest)
            message.Headers.TryAddWithoutValidation("Want-Repr-Digest", "sha-512=10");
        message.Headers.ExpectContinue = ExpectContinue ? true : null;
        message.Headers.Authorization = credentials;
        return message;
    }

    public override string ToString() =>
        SocketPath is null ? $"{Method} {UrlSecrets.Redact(Url.AbsoluteUri)}" : $"{Method} {Url.AbsolutePath} at {SocketPath}";
}
