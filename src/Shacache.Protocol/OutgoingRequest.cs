using System.Net;
using System.Net.Http.Headers;

namespace Shacache.Protocol;

/// <summary>A request as data: it can be sent again, after a redirect or as another attempt. Nothing goes along but what is written here.</summary>
/// <param name="Method">The method.</param>
/// <param name="Url">The resource; path and query are sent as they are (<see cref="ExactUrl"/>).</param>
public record OutgoingRequest(HttpMethod Method, Uri Url)
{
    /// <summary>How this program calls itself in <c>User-Agent</c>.</summary>
    public static readonly string Product = $"shacache/{typeof(OutgoingRequest).Assembly.GetName().Version?.ToString(3)}";

    /// <summary>What asks; null for no word about it.</summary>
    public string? UserAgent { get; init; } = Product;

    /// <summary>Which media types are wanted; null for no word about it.</summary>
    public string? Accept { get; init; }

    /// <summary>Which encodings of the body are wanted: none. Null for no word about it.</summary>
    public string? AcceptEncoding { get; init; } = "identity";

    /// <summary>The value of the Authorization header, for the server of <see cref="Url"/> and no other; null for none.</summary>
    public AuthenticationHeaderValue? Credentials { get; init; }

    /// <summary>Which servers see a certificate, and by which authorities they are verified; null for those of the system.</summary>
    public TlsScope? Tls { get; init; }

    /// <summary>The way of a request from cache to cache (RFC 9110, 7.6.3).</summary>
    public string? Via { get; init; }

    /// <summary>The part that is wanted (RFC 9110, 14.2); null for the whole.</summary>
    public string? Range { get; init; }

    /// <summary>The state of which the part is wanted (RFC 9110, 13.1.5); null for any.</summary>
    public string? IfRange { get; init; }

    /// <summary>The entity tag of the copy at hand, as its server wrote it; the answer may be 304.</summary>
    public string? IfNoneMatch { get; init; }

    /// <summary>The date of the copy at hand, as its server wrote it; the answer may be 304.</summary>
    public string? IfModifiedSince { get; init; }

    /// <summary>Whether a server with upstreams is to answer from what it has itself (RFC 9111, 5.2.1.7).</summary>
    public bool OnlyIfCached { get; init; }

    /// <summary>Whether the answer is to tell the digest of what is stored (RFC 9530): a server of ours compares the bytes before it says that it has them.</summary>
    public bool WantsDigest { get; init; }

    /// <summary>Whether the server may answer with a redirect to where the content is stored: what comes from there is compared with its digest.</summary>
    public bool AcceptsRedirect { get; init; }

    /// <summary>Whether redirects are followed. Otherwise they are the answer.</summary>
    public bool FollowsRedirects { get; init; } = true;

    /// <summary>
    /// Whether no redirect from https to http is followed, even without credentials: for what is kept under this URL while nothing else says what it should be.
    /// </summary>
    public bool KeepsTls { get; init; }

    /// <summary>Reads where an answer redirects to, and throws when that is not allowed; null for any http or https URL.</summary>
    public Func<HttpResponseMessage, Uri>? FindTarget { get; init; }

    /// <summary>Makes the body, for each sending anew; it starts the waits while it is sent. Null for none.</summary>
    public Func<ExchangeClock, HttpContent>? Body { get; init; }

    /// <summary>Whether the body waits for the server's consent, so that its refusal can be read.</summary>
    public bool ExpectContinue { get; init; }

    /// <summary>Makes what is sent to one URL.</summary>
    internal HttpRequestMessage ToMessage(Uri url, AuthenticationHeaderValue? credentials, ExchangeClock clock)
    {
        var message = new HttpRequestMessage(Method, url)
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = Body?.Invoke(clock),
        };
        message.Options.Set(HttpConnections.ConnectTimeoutKey, clock.Limits.ConnectTimeout);
        HttpRequestHeaders headers = message.Headers;
        Add("User-Agent", UserAgent);
        Add("Accept", Accept);
        Add("Accept-Encoding", AcceptEncoding);
        Add("Via", Via);
        Add("Range", Range);
        Add("If-Range", Range is null ? null : IfRange);

        // Verbatim: a server compares with what it sent, also where that is not quite what the standard says.
        Add("If-None-Match", IfNoneMatch);
        Add("If-Modified-Since", IfModifiedSince);
        Add("Cache-Control", OnlyIfCached ? "only-if-cached" : null);
        Add(WireHeaders.WantDigest, WantsDigest ? "sha-512=10" : null);
        Add(WireHeaders.AcceptRedirect, AcceptsRedirect ? "1" : null);
        headers.ExpectContinue = ExpectContinue ? true : null;
        headers.Authorization = credentials;
        return message;

        void Add(string name, string? value)
        {
            if (value is not null)
                headers.TryAddWithoutValidation(name, value);
        }
    }
}
