using Microsoft.AspNetCore.Http;

namespace Shacache.Http.Errors;

/// <summary>Refuses requests whose body somebody else on the way could delimit otherwise, which is how requests are smuggled past a proxy.</summary>
internal static class BodyFraming
{
    // With both headers Kestrel goes by the chunks and renames the other one, so the application would not see the conflict.
    private const string RenamedContentLength = "X-Content-Length";

    /// <summary>Whether Kestrel failed on a trailer field: on one that is not UTF-8 it throws what means a failure of the program elsewhere.</summary>
    public static bool IsTrailerFailure(HttpRequest request, InvalidOperationException failure) =>
        request.Headers.TransferEncoding.Count > 0 && failure.Source == "Microsoft.AspNetCore.Server.Kestrel.Core";

    /// <summary>What is wrong (RFC 9112, section 6); null when nothing is. The connection is to be closed: its framing cannot be trusted.</summary>
    public static Problem? FindProblem(HttpRequest request)
    {
        IHeaderDictionary headers = request.Headers;
        if (headers.TransferEncoding.Count == 0)
            return null;
        if (headers.ContentLength is not null || headers.ContainsKey(RenamedContentLength))
            return ErrorMapping.BothLengths;
        if (HttpProtocol.IsHttp10(request.Protocol))
            return ErrorMapping.ChunkedInOldProtocol;
        bool isChunked = headers.TransferEncoding is [{ } coding] && coding.AsSpan().Trim().Equals("chunked", StringComparison.OrdinalIgnoreCase);
        return isChunked ? null : ErrorMapping.UnknownCoding;
    }
}
