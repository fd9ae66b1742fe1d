using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Shacache.Http.Errors;

/// <summary>Refuses requests whose body somebody else on the way could delimit otherwise, which is how requests are smuggled past a proxy.</summary>
internal static class BodyFraming
{
    // With both headers Kestrel goes by the chunks and renames the other one, so the application would not see the conflict.
    private const string RenamedContentLength = "X-Content-Length";

    /// <summary>Whether Kestrel failed on a trailer field: on one that is not UTF-8 it throws what means a failure of the program elsewhere.</summary>
    public static bool IsTrailerFailure(HttpRequest request, InvalidOperationException failure) =>
        request.Headers.TransferEncoding.Count > 0 && failure.Source == "Microsoft.AspNetCore.Server.Kestrel.Core";

    /// <summary>What is wrong (RFC 9112, section 6; RFC 9113, section 8.2.2); null when nothing is. The connection is to be closed: its framing cannot be trusted.</summary>
    public static Problem? FindProblem(HttpRequest request)
    {
        IHeaderDictionary headers = request.Headers;
        if (HttpProtocol.IsHttp2(request.Protocol))
            return FindConnectionField(headers);
        if (headers.TransferEncoding.Count == 0)
            return null;
        if (headers.ContentLength is not null || headers.ContainsKey(RenamedContentLength))
            return ErrorMapping.BothLengths;
        if (HttpProtocol.IsHttp10(request.Protocol))
            return ErrorMapping.ChunkedInOldProtocol;
        bool isChunked = headers.TransferEncoding is [{ } coding] && coding.AsSpan().Trim().Equals("chunked", StringComparison.OrdinalIgnoreCase);
        return isChunked ? null : ErrorMapping.UnknownCoding;
    }

    /// <summary>Fields that are of one connection of HTTP/1.1 and mean nothing over HTTP/2; a proxy that passes them on makes two readings of one request.</summary>
    private static Problem? FindConnectionField(IHeaderDictionary headers)
    {
        if (headers.TransferEncoding.Count > 0)
            return ErrorMapping.ConnectionField(HeaderNames.TransferEncoding);
        if (headers.KeepAlive.Count > 0)
            return ErrorMapping.ConnectionField(HeaderNames.KeepAlive);
        if (headers.Upgrade.Count > 0)
            return ErrorMapping.ConnectionField(HeaderNames.Upgrade);
        return headers.ContainsKey(HeaderNames.ProxyConnection) ? ErrorMapping.ConnectionField(HeaderNames.ProxyConnection) : null;
    }
}
