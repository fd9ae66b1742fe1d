using Microsoft.AspNetCore.Http;
using Shacache.Http.Pages.Markup;

namespace Shacache.Http.Pages;

/// <summary>Answers with a page.</summary>
internal static class PageAnswer
{
    /// <summary>Sends it with everything that keeps a browser from taking it for something else. No shared cache keeps it.</summary>
    public static ValueTask WriteAsync(HttpContext context, int status, Html page)
    {
        IHeaderDictionary headers = context.Response.Headers;
        context.Response.StatusCode = status;
        headers.ContentSecurityPolicy = PageStyle.Policy;
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers.CacheControl = "private, no-cache";
        headers.Vary = "Host";
        return PageEndpoint.WriteAsync(context, "text/html; charset=utf-8", page.ToString());
    }
}
