using System.Net.Http.Headers;
using Microsoft.Net.Http.Headers;
using EntityTagHeaderValue = Microsoft.Net.Http.Headers.EntityTagHeaderValue;

namespace Shacache.Http.Gateway.Origins;

/// <summary>What an origin says about a file, in headers that can be passed on as they are; null for what it does not say, or says wrongly.</summary>
/// <param name="ContentType">Such as <c>application/gzip</c>.</param>
/// <param name="ContentEncoding">Some servers call a <c>.tar.gz</c> a tar with encoding gzip. The bytes are kept as they came.</param>
/// <param name="ETag">With its quotes.</param>
/// <param name="LastModified">A date of HTTP.</param>
internal sealed record OriginMetadata(string? ContentType, string? ContentEncoding, string? ETag, string? LastModified)
{
    private const int MaxLength = 512;

    public static OriginMetadata None { get; } = new(null, null, null, null);

    public static OriginMetadata Of(HttpResponseMessage answer) => Create(
        Find(answer.Content.Headers, HeaderNames.ContentType),
        Find(answer.Content.Headers, HeaderNames.ContentEncoding),
        Find(answer.Headers, HeaderNames.ETag),
        Find(answer.Content.Headers, HeaderNames.LastModified));

    /// <summary>Keeps what is well-formed.</summary>
    public static OriginMetadata Create(string? contentType, string? contentEncoding, string? etag, string? lastModified) => new(
        Check(contentType),
        Check(contentEncoding),
        EntityTagHeaderValue.TryParse(Check(etag), out EntityTagHeaderValue? tag) && tag.Tag != "*" ? tag.ToString() : null,
        HeaderUtilities.TryParseDate(Check(lastModified), out DateTimeOffset date) ? HeaderUtilities.FormatDate(date) : null);

    private static string? Find(HttpHeaders headers, string name) =>
        headers.NonValidated.TryGetValues(name, out HeaderStringValues values) && values.Count == 1 ? values.ToString() : null;

    private static string? Check(string? value) =>
        value is { Length: > 0 and <= MaxLength } && !value.AsSpan().ContainsAnyExceptInRange(' ', '~') ? value : null;
}
