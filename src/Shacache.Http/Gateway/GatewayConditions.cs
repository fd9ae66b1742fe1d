using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Headers;
using Microsoft.Net.Http.Headers;
using Shacache.Http.Answers;
using Shacache.Http.Content;
using Shacache.Http.Gateway.Origins;
using Shacache.Protocol;

namespace Shacache.Http.Gateway;

/// <summary>What a client wants of a file: preconditions, then the range (RFC 9110, section 13.2.2), with the origin's own validators.</summary>
internal static class GatewayConditions
{
    /// <summary>Whether the request says what the client has.</summary>
    public static bool HasPreconditions(HttpRequest request) => request.Headers.IfNoneMatch.Count > 0 || request.Headers.IfModifiedSince.Count > 0;

    /// <summary>Whether the client has what there is.</summary>
    public static bool IsUnchanged(HttpRequest request, OriginMetadata metadata)
    {
        if (!HasPreconditions(request))
            return false;
        RequestHeaders asked = new(request.Headers);
        if (asked.IfNoneMatch is { Count: > 0 } tags)
            return tags.Any(known => known.Equals(EntityTagHeaderValue.Any) || (Tag(metadata) is { } tag && known.Compare(tag, useStrongComparison: false)));
        return asked.IfModifiedSince is { } since && Date(metadata) is { } time && time <= since;
    }

    /// <summary>The value of Range when that is a part, and not all of the file from its first byte on; null otherwise.</summary>
    public static string? FindPart(HttpRequest request)
    {
        if (!HttpMethods.IsGet(request.Method) || request.Headers.Range is not [{ } text])
            return null;
        ByteRange range = ByteRange.Parse(text, long.MaxValue);
        return range.Kind == ByteRangeKind.Whole || range is { Kind: ByteRangeKind.Part, Offset: 0, Length: long.MaxValue } ? null : text;
    }

    /// <summary>The bytes that the client wants, of a file of this length.</summary>
    public static ByteRange FindRange(HttpRequest request, OriginMetadata metadata, long lengthBytes) =>
        HttpMethods.IsGet(request.Method) && request.Headers.Range is [{ } text] && MayResume(request.Headers, metadata)
            ? ByteRange.Parse(text, lengthBytes)
            : new ByteRange(ByteRangeKind.Whole, 0, lengthBytes);

    /// <summary>Writes status and headers of an answer.</summary>
    /// <param name="context">The request.</param>
    /// <param name="metadata">What is known of the file.</param>
    /// <param name="lengthBytes">Its length; null when it is not known, then it is sent whole.</param>
    /// <param name="cacheStatus">How the answer came about.</param>
    /// <returns>What is to be sent after that; null when nothing is, or an error was.</returns>
    public static async ValueTask<ByteRange?> BeginAsync(HttpContext context, OriginMetadata metadata, long? lengthBytes, string cacheStatus)
    {
        HttpResponse response = context.Response;
        GatewayHeaders.Write(context, metadata, cacheStatus);
        if (lengthBytes is not null)
            response.Headers.AcceptRanges = "bytes";
        if (IsUnchanged(context.Request, metadata))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return null;
        }

        if (lengthBytes is not { } length)
            return new ByteRange(ByteRangeKind.Whole, 0, long.MaxValue);
        ByteRange range = FindRange(context.Request, metadata, length);
        if (range.Kind == ByteRangeKind.Unsatisfiable)
        {
            await RefuseRangeAsync(context, length);
            return null;
        }

        if (range.Kind == ByteRangeKind.Part)
        {
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = $"bytes {range.Offset}-{range.Offset + range.Length - 1}/{length}";
        }

        response.ContentLength = range.Length;
        return HttpMethods.IsGet(context.Request.Method) ? range : null;
    }

    /// <summary>Says that a file of this length has no such bytes.</summary>
    public static ValueTask RefuseRangeAsync(HttpContext context, long lengthBytes)
    {
        context.Response.Headers.Clear();
        context.Response.Headers.ContentRange = $"bytes */{lengthBytes}";
        return ErrorResponse.WriteAsync(context, ContentProblems.RangeUnsatisfiable(lengthBytes));
    }

    // The same tag whether the file comes from its origin or from here: a client may resume with it.
    private static EntityTagHeaderValue? Tag(OriginMetadata metadata) => metadata.ETag is { } tag ? EntityTagHeaderValue.Parse(tag) : null;

    private static DateTimeOffset? Date(OriginMetadata metadata) => HeaderUtilities.TryParseDate(metadata.LastModified, out DateTimeOffset date) ? date : null;

    /// <summary>Whether the client's part is of this very content: only a strong tag, or the same date, says so.</summary>
    private static bool MayResume(IHeaderDictionary headers, OriginMetadata metadata)
    {
        if (headers.IfRange.Count == 0)
            return true;
        RequestHeaders asked = new(headers);
        if (asked.IfRange?.EntityTag is { } part)
            return Tag(metadata) is { } tag && part.Compare(tag, useStrongComparison: true);
        return asked.IfRange?.LastModified is { } time && time == Date(metadata);
    }
}

/// <summary>The headers of a file that the gateway sends.</summary>
internal static class GatewayHeaders
{
    /// <summary>Says how the answer came about: <c>hit</c>, <c>miss</c>, <c>pass</c>, <c>revalidated</c> or <c>stale</c>.</summary>
    public const string CacheStatus = WireHeaders.CacheStatus;

    /// <summary>Value of the Warning header of a web page that came in the place of a file.</summary>
    public const string PageWarning = "199 shacache \"the origin sent a web page, not the file that the URL names; it is not kept\"";

    public static void Write(HttpContext context, OriginMetadata metadata, string cacheStatus)
    {
        Exchange.Of(context)?.Outcome = cacheStatus switch
        {
            "hit" or "revalidated" => CacheOutcome.Hit,
            "stale" => CacheOutcome.Stale,
            _ => CacheOutcome.Miss,
        };
        IHeaderDictionary headers = context.Response.Headers;
        headers.ContentType = metadata.ContentType ?? "application/octet-stream";
        if (metadata.ContentEncoding is { } encoding)
            headers.ContentEncoding = encoding;
        if (metadata.ETag is { } tag)
            headers.ETag = tag;
        if (metadata.LastModified is { } modified)
            headers.LastModified = modified;

        // How long a client may keep it, the gateway does not know: it is to ask, which costs one short answer.
        headers.CacheControl = "no-cache";
        headers[CacheStatus] = cacheStatus;

        // Pages of other sites come under this host's name: they must not act with its rights.
        headers.ContentSecurityPolicy = "sandbox; default-src 'none'";
        headers.XContentTypeOptions = "nosniff";
    }
}
