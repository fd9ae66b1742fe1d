using System.Text;
using Microsoft.AspNetCore.Http;
using Shacache.Http.Errors;
using Shacache.Http.Health;
using Shacache.Http.Surfaces;

namespace Shacache.Http.Pages;

/// <summary>What is neither content nor directory: the page at the root, health, what crawlers ask for, and everything unknown.</summary>
internal sealed class PageSurface(HomePage home, HealthCheck health)
{
    private const string Methods = "GET, HEAD";

    /// <summary>Answers a request.</summary>
    /// <returns>The number of body bytes that were sent.</returns>
    public ValueTask<long> HandleAsync(HttpContext context, in Route route)
    {
        if (route.Surface == Surface.None)
            return UploadRefusal.WriteAsync(context, ErrorMapping.UnknownPath);
        string method = context.Request.Method;
        if (!HttpMethods.IsGet(method) && !HttpMethods.IsHead(method))
        {
            context.Response.Headers.Allow = Methods;
            return UploadRefusal.WriteAsync(context, ErrorMapping.MethodUnknown(method, Methods));
        }

        return route.Surface switch
        {
            Surface.Home => SendHomeAsync(context),
            Surface.Health => SendHealthAsync(context),

            // The content is for programs: no crawler should fetch gigabytes.
            Surface.Robots => SendAsync(context, "text/plain; charset=utf-8", "User-agent: *\nAllow: /$\nDisallow: /\n"),
            _ => throw new InvalidOperationException($"Surface {route.Surface} has no page."),
        };
    }

    private async ValueTask<long> SendHealthAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "no-store";
        return await health.FindProblemAsync(context.RequestAborted) is { } problem
            ? await ErrorResponse.WriteAsync(context, ErrorMapping.Unhealthy(problem))
            : await SendAsync(context, "text/plain; charset=utf-8", "ok\n");
    }

    private ValueTask<long> SendHomeAsync(HttpContext context)
    {
        IHeaderDictionary headers = context.Response.Headers;
        headers.ContentSecurityPolicy =
            "default-src 'none'; style-src 'sha256-" + home.StyleHash + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers.XFrameOptions = "DENY";
        headers["Referrer-Policy"] = "no-referrer";
        headers.Vary = "Host";
        return SendAsync(context, "text/html; charset=utf-8", home.Render(context.Request.Scheme, context.Request.Host));
    }

    private static async ValueTask<long> SendAsync(HttpContext context, string contentType, string text)
    {
        byte[] body = Encoding.UTF8.GetBytes(text);
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        if (HttpMethods.IsHead(context.Request.Method))
            return 0;
        await context.Response.BodyWriter.WriteAsync(body, context.RequestAborted);
        return body.Length;
    }
}
