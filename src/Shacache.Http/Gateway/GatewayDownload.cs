using Microsoft.AspNetCore.Http;
using Shacache.Http.Content;

namespace Shacache.Http.Gateway;

/// <summary>Answers from a stored copy.</summary>
internal static class GatewayDownload
{
    /// <returns>The number of body bytes that were sent.</returns>
    public static async ValueTask<long> SendAsync(HttpContext context, GatewayCopy copy, string cacheStatus)
    {
        (ByteRange? range, long sent) = await GatewayConditions.BeginAsync(context, copy.Metadata, copy.Blob.LengthBytes, cacheStatus);
        return range is { } wanted ? await BlobBody.CopyAsync(context, copy.Blob, wanted) : sent;
    }
}
