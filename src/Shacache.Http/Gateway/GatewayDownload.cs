using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Headers;
using Microsoft.Net.Http.Headers;
using Shacache.Http.Content;
using Shacache.Http.Errors;

namespace Shacache.Http.Gateway;

/// <summary>Answers from a stored copy: preconditions, then the range (RFC 9110, section 13.2.2), with the origin's own validators.</summary>
internal static class GatewayDownload
{
    /// <returns>The number of body bytes that were sent.</returns>
    public static async ValueTask<long> SendAsync(HttpContext context, GatewayCopy copy, string cacheStatus)
    {
        HttpResponse response = context.Response;
        // The same tag whether the file comes from its origin or from here: a client may resume with it.
        EntityTagHeaderValue? tag = copy.Metadata.ETag is { } known ? EntityTagHeaderValue.Parse(known) : null;
        DateTimeOffset? modified = HeaderUtilities.TryParseDate(copy.Metadata.LastModified, out DateTimeOffset date) ? date : null;
        GatewayHeaders.Write(response.Headers, copy.Metadata, cacheStatus);
        response.Headers.AcceptRanges = "bytes";
        RequestHeaders asked = new(context.Request.Headers);
        if (IsUnchanged(asked, tag, modified))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return 0;
        }

        long length = copy.Blob.LengthBytes;
        bool withBody = HttpMethods.IsGet(context.Request.Method);
        ByteRange range = withBody && context.Request.Headers.Range is [{ } text] && MayResume(context.Request.Headers, asked, tag, modified)
            ? ByteRange.Parse(text, length)
            : new ByteRange(ByteRangeKind.Whole, 0, length);
        if (range.Kind == ByteRangeKind.Unsatisfiable)
        {
            response.Headers.Clear();
            response.Headers.ContentRange = $"bytes */{length}";
            return await ErrorResponse.WriteAsync(context, ErrorMapping.RangeUnsatisfiable(length));
        }

        if (range.Kind == ByteRangeKind.Part)
        {
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = $"bytes {range.Offset}-{range.Offset + range.Length - 1}/{length}";
        }

        response.ContentLength = range.Length;
        return withBody ? await BlobBody.CopyAsync(context, copy.Blob, range) : 0;
    }

    private static bool IsUnchanged(RequestHeaders asked, EntityTagHeaderValue? tag, DateTimeOffset? modified)
    {
        if (asked.IfNoneMatch is { Count: > 0 } tags)
            return tags.Any(known => known.Equals(EntityTagHeaderValue.Any) || (tag is not null && known.Compare(tag, useStrongComparison: false)));
        return asked.IfModifiedSince is { } since && modified is { } time && time <= since;
    }

    /// <summary>Whether the client's part is of this very content: only a strong tag, or the same date, says so.</summary>
    private static bool MayResume(IHeaderDictionary headers, RequestHeaders asked, EntityTagHeaderValue? tag, DateTimeOffset? modified)
    {
        if (headers.IfRange.Count == 0)
            return true;
        if (asked.IfRange?.EntityTag is { } part)
            return tag is not null && part.Compare(tag, useStrongComparison: true);
        return asked.IfRange?.LastModified is { } time && time == modified;
    }
}
