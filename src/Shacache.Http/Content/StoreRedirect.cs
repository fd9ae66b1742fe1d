using Microsoft.AspNetCore.Http;
using Shacache.Core.Blobs;
using Shacache.Protocol;

namespace Shacache.Http.Content;

/// <summary>Sends clients that said that they follow redirects to where an object is stored (docs/protocol.md, "Downloads").</summary>
internal static class StoreRedirect
{
    /// <summary>Answers with a redirect, if the client and the store are for it.</summary>
    /// <returns>Whether it did.</returns>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    public static bool TryAnswer(HttpContext context, IBlob blob)
    {
        IHeaderDictionary asked = context.Request.Headers;
        if (asked[WireHeaders.AcceptRedirect] is not ["1"] || asked.IfMatch.Count > 0 || asked.IfNoneMatch.Count > 0 || WantedDigest.IsWanted(asked) || IsOurs(asked, blob.Digest))
            return false;
        if (blob.FindPublicUrl() is not { } url)
            return false;
        HttpResponse response = context.Response;
        response.StatusCode = StatusCodes.Status307TemporaryRedirect;
        response.Headers.Location = url.AbsoluteUri;
        response.Headers.CacheControl = "no-store";
        response.ContentLength = 0;
        return true;
    }

    /// <summary>A client that goes on with what this server sent it knows our entity tag, and not that of the store.</summary>
    private static bool IsOurs(IHeaderDictionary asked, Digest digest) =>
        asked.Range.Count > 0 && asked.IfRange is { Count: > 0 } ifRange && (ifRange is not [{ } tag] || EntityTag.IsTagOf(tag, digest, weak: true));
}
