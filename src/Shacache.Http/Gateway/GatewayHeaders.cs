using Microsoft.AspNetCore.Http;

namespace Shacache.Http.Gateway;

/// <summary>The headers of a file that the gateway sends.</summary>
internal static class GatewayHeaders
{
    /// <summary>Says how the answer came about: <c>hit</c>, <c>miss</c>, <c>pass</c>, <c>revalidated</c> or <c>stale</c>.</summary>
    public const string CacheStatus = "X-Cache";

    /// <summary>Value of the Warning header of a web page that came in the place of a file.</summary>
    public const string PageWarning = "199 shacache \"the origin sent a web page, not the file that the URL names; it is not kept\"";

    public static void Write(IHeaderDictionary headers, OriginMetadata metadata, string cacheStatus)
    {
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
