using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Shacache.Http.Answers;
using Shacache.Http.Routing;

namespace Shacache.Http.Pages;

/// <summary>Answers GET and HEAD of one short page.</summary>
internal sealed class PageEndpoint(string path, Func<HttpContext, ValueTask> answer) : IEndpoint
{
    public IEnumerable<Mount> Mounts => [Mount.At(path)];

    public bool IsForWebPages(HttpRequest request, in Route route) => true;

    public ValueTask HandleAsync(HttpContext context, in Route route)
    {
        string method = context.Request.Method;
        return HttpMethods.IsGet(method) || HttpMethods.IsHead(method) ? answer(context) : UploadRefusal.WriteMethodUnknownAsync(context, "GET, HEAD");
    }

    /// <summary>Answers with a text.</summary>
    public static async ValueTask WriteAsync(HttpContext context, string contentType, string text)
    {
        byte[] body = Encoding.UTF8.GetBytes(text);
        context.Response.ContentType = contentType;
        context.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
            await context.Response.BodyWriter.WriteAsync(body, context.RequestAborted);
    }
}

/// <summary>Adds the page at the root, the health check, and what crawlers ask for.</summary>
internal static class PageExtensions
{
    private const string PlainText = "text/plain; charset=utf-8";

    public static void AddPages(this IServiceCollection services, PageOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<HomePage>();
        services.AddSingleton<HealthCheck>();
        services.AddPage("/", provider => provider.GetRequiredService<HomePage>().SendAsync);
        services.AddPage("/healthz", provider => provider.GetRequiredService<HealthCheck>().SendAsync);

        // The content is for programs: no crawler should fetch gigabytes.
        services.AddPage("/robots.txt", _ => context => PageEndpoint.WriteAsync(context, PlainText, "User-agent: *\nAllow: /$\nDisallow: /\n"));
    }

    private static void AddPage(this IServiceCollection services, string path, Func<IServiceProvider, Func<HttpContext, ValueTask>> find) =>
        services.AddSingleton<IEndpoint>(provider => new PageEndpoint(path, find(provider)));
}
