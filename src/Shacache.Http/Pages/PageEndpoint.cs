using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Shacache.Core.Signing;
using Shacache.Core.Stores;
using Shacache.Http.Answers;
using Shacache.Http.Pages.Details;
using Shacache.Http.Pages.Overview;
using Shacache.Http.Pages.Search;
using Shacache.Http.Routing;

namespace Shacache.Http.Pages;

/// <summary>Answers GET and HEAD of one short text.</summary>
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

/// <summary>Adds the pages, the health check, and what browsers and crawlers ask for.</summary>
internal static class PageExtensions
{
    private const string PlainText = "text/plain; charset=utf-8";

    private const string Icon =
        """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><rect width="16" height="16" rx="3" fill="#0a5aa8"/><path d="M4 5h8M4 8h8M4 11h5" stroke="#fff" stroke-width="1.6" stroke-linecap="round"/></svg>""";

    /// <param name="services">The application's services.</param>
    /// <param name="surfaces">Where the server is.</param>
    /// <param name="options">Who sees what.</param>
    /// <param name="knownSigners">Lists of certificates by which this server knows signers, beside that of the pages.</param>
    public static void AddPages(this IServiceCollection services, PageSurfaces surfaces, PageOptions options, IReadOnlyList<TrustedKeys> knownSigners)
    {
        services.AddSingleton(surfaces);
        services.AddSingleton(options);
        services.AddSingleton<PageGate>();
        services.AddSingleton<HomePage>();
        services.AddSingleton<HealthCheck>();
        services.TryAddSingleton<ILocalContent, NoLocalContent>();
        services.AddSingleton<LiveCheck>();
        services.AddSingleton<IHealth>(provider => provider.GetRequiredService<HealthCheck>());
        services.AddSingleton(new EntryVerdicts(options.TrustedKeys, knownSigners));
        services.AddSingleton<EntryLooks>();
        services.AddSingleton<Provenance>();
        services.AddSingleton<KeySearch>();
        services.AddSingleton<OverviewPage>();
        services.AddSingleton<SearchPage>();
        services.AddSingleton<KeysPage>();
        services.AddSingleton<KeyPages>();
        services.AddSingleton<ObjectPage>();
        services.AddSingleton<AccountPage>();
        services.AddSingleton<IOverviewPart, StorePart>();
        services.AddSingleton<IOverviewPart, TrafficPart>();
        services.AddSingleton<IOverviewPart, SavingsPart>();
        services.AddSingleton<IOverviewPart, RecentPart>();
        services.AddSingleton<UsagePart>();
        services.AddSingleton<IOverviewPart>(provider => provider.GetRequiredService<UsagePart>());
        services.AddSingleton<PagesEndpoint>();
        services.AddSingleton<IEndpoint>(provider => provider.GetRequiredService<PagesEndpoint>());
        services.AddPage("/", provider => provider.GetRequiredService<PagesEndpoint>().AnswerRootAsync);
        services.AddPage("/healthz", provider => provider.GetRequiredService<HealthCheck>().SendAsync);
        services.AddPage("/livez", provider => provider.GetRequiredService<LiveCheck>().SendAsync);
        services.AddPage("/icon.svg", _ => SendIconAsync);

        // The content is for programs: no crawler should fetch gigabytes.
        services.AddPage("/robots.txt", _ => context => PageEndpoint.WriteAsync(context, PlainText, "User-agent: *\nAllow: /$\nDisallow: /\n"));
    }

    private static ValueTask SendIconAsync(HttpContext context)
    {
        context.Response.Headers.CacheControl = "public, max-age=86400";
        context.Response.Headers.XContentTypeOptions = "nosniff";
        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'";
        return PageEndpoint.WriteAsync(context, "image/svg+xml", Icon);
    }

    private static void AddPage(this IServiceCollection services, string path, Func<IServiceProvider, Func<HttpContext, ValueTask>> find) =>
        services.AddSingleton<IEndpoint>(provider => new PageEndpoint(path, find(provider)));
}
