using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Shacache.Http.Answers;

namespace Shacache.Http.Requests;

/// <summary>Refuses requests whose body a proxy on the way may delimit in another way: that is how requests are smuggled past it.</summary>
internal static class BodyFraming
{
    /// <summary>For what <see cref="IsTrailerFailure"/> tells.</summary>
    public static readonly Problem UnreadableTrailer =
        new(StatusCodes.Status400BadRequest, "A field after the chunked body is not UTF-8. Nothing was stored.");

    private static readonly Problem BothLengths = new(
        StatusCodes.Status400BadRequest, "The request has both Transfer-Encoding and Content-Length. Nothing was stored; send one of them.");

    private static readonly Problem ChunkedInOldProtocol =
        new(StatusCodes.Status400BadRequest, "HTTP/1.0 has no Transfer-Encoding. Nothing was stored; send Content-Length.");

    private static readonly Problem UnknownCoding =
        new(StatusCodes.Status400BadRequest, "The Transfer-Encoding is not known here; only chunked is. Nothing was stored.");

    // With both headers Kestrel goes by the chunks and renames the other one, so the application would not see the conflict.
    private const string RenamedContentLength = "X-Content-Length";

    // The trace says whose method threw; the exception's Source, which would, too, is empty in the native program.
    /// <summary>Whether Kestrel failed on a trailer field: on one that is not UTF-8 it throws what means a failure of the program elsewhere.</summary>
    public static bool IsTrailerFailure(HttpRequest request, InvalidOperationException failure) =>
        request.Headers.TransferEncoding.Count > 0 && failure.StackTrace is { } trace &&
        trace.AsSpan(0, trace.AsSpan().IndexOf('\n') is >= 0 and var end ? end : trace.Length).Contains("Microsoft.AspNetCore.Server.Kestrel.Core.", StringComparison.Ordinal);

    /// <summary>What is wrong (RFC 9112, section 6; RFC 9113, section 8.2.2); null when nothing is. The connection is to be closed: its framing cannot be trusted.</summary>
    public static Problem? FindProblem(HttpRequest request)
    {
        IHeaderDictionary headers = request.Headers;
        if (HttpProtocol.IsHttp2(request.Protocol))
            return FindConnectionField(headers);
        if (headers.TransferEncoding.Count == 0)
            return null;
        if (headers.ContentLength is not null || headers.ContainsKey(RenamedContentLength))
            return BothLengths;
        if (HttpProtocol.IsHttp10(request.Protocol))
            return ChunkedInOldProtocol;
        bool isChunked = headers.TransferEncoding is [{ } coding] && coding.AsSpan().Trim().Equals("chunked", StringComparison.OrdinalIgnoreCase);
        return isChunked ? null : UnknownCoding;
    }

    /// <summary>Fields that are of one connection of HTTP/1.1 and mean nothing over HTTP/2; a proxy that passes them on makes two readings of one request.</summary>
    private static Problem? FindConnectionField(IHeaderDictionary headers)
    {
        if (headers.TransferEncoding.Count > 0)
            return ConnectionField(HeaderNames.TransferEncoding);
        if (headers.KeepAlive.Count > 0)
            return ConnectionField(HeaderNames.KeepAlive);
        if (headers.Upgrade.Count > 0)
            return ConnectionField(HeaderNames.Upgrade);
        return headers.ContainsKey(HeaderNames.ProxyConnection) ? ConnectionField(HeaderNames.ProxyConnection) : null;
    }

    private static Problem ConnectionField(string name) =>
        new(StatusCodes.Status400BadRequest, $"HTTP/2 has no {name}; nothing was done. Leave it out.");
}
