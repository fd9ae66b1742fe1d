using System.Net;
using System.Net.Http.Headers;
using Shacache.Protocol;

namespace Shacache.Http.Gateway.Origins;

/// <summary>What an origin is asked about a file.</summary>
/// <param name="Method">GET or HEAD.</param>
internal sealed record OriginQuestion(HttpMethod Method)
{
    /// <summary>What is known of an earlier copy: unless it changed, the answer is 304. Null when there is none.</summary>
    public OriginMetadata? Known { get; init; }

    /// <summary>The part that is wanted, as a client wrote it (RFC 9110, 14.2); null for the whole.</summary>
    public string? Range { get; init; }

    /// <summary>Of which content, as a client wrote it (RFC 9110, 13.1.5); null for whatever there is.</summary>
    public string? IfRange { get; init; }

    /// <summary>Which media types are wanted.</summary>
    public string Accept { get; init; } = "*/*";

    /// <summary>For the server of the URL and no other; null for none.</summary>
    public AuthenticationHeaderValue? Credentials { get; init; }

    /// <summary>Whether redirects may lead to any host, within the rules for addresses.</summary>
    public bool FollowsAnywhere { get; init; }

    /// <summary>Whether a status answers this.</summary>
    public bool IsAnsweredBy(HttpStatusCode status) => status switch
    {
        HttpStatusCode.OK => true,
        HttpStatusCode.NotModified => Known is not null,
        HttpStatusCode.PartialContent or HttpStatusCode.RequestedRangeNotSatisfiable => Range is not null,
        _ => false,
    };

    /// <summary>Whether GET may have an answer where HEAD has this one: some servers know no HEAD, and URLs that are signed for GET forbid it. The body is not read.</summary>
    public bool MayBeAskedByGet(HttpStatusCode status) =>
        Method == HttpMethod.Head && status is (HttpStatusCode.Forbidden or HttpStatusCode.MethodNotAllowed or HttpStatusCode.NotImplemented);

    public OutgoingRequest ToRequest(OriginUrl url) => new(Method, url.Uri)
    {
        UserAgent = "shacache-gateway",
        Accept = Accept,
        Credentials = Credentials,
        IfNoneMatch = Known?.ETag,
        IfModifiedSince = Known?.LastModified,
        Range = Range,
        IfRange = IfRange,
    };
}
