using Microsoft.AspNetCore.Http;

namespace Shacache.Http.Connections;

/// <summary>Ends connections.</summary>
internal static class ClosingExtensions
{
    /// <summary>Has the connection closed behind this answer. HTTP/2 has no such header and no need: a stream ends by itself (RFC 9113, section 8.2.2).</summary>
    public static void CloseAfterAnswer(this HttpContext context)
    {
        if (!HttpProtocol.IsHttp2(context.Request.Protocol))
            context.Response.Headers.Connection = "close";
    }
}
