using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Shacache.Http.Tests.Gateway;

/// <summary>A web site on a free loopback port that answers as a test wants, and keeps every request it got.</summary>
internal sealed class OriginServer : IAsyncDisposable
{
    private readonly WebApplication _application;

    private OriginServer(WebApplication application) => _application = application;

    /// <summary>Method, raw target and headers of each request.</summary>
    public ConcurrentQueue<(string Line, Dictionary<string, string> Headers)> Requests { get; } = new();

    public int Port { get; private set; }

    public string Host { get; private set; } = "";

    public static async Task<OriginServer> StartAsync(Func<HttpContext, Task> answer, string address = "127.0.0.1")
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Parse(address), 0));
        WebApplication application = builder.Build();
        var origin = new OriginServer(application);
        application.Run(context =>
        {
            string target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
            origin.Requests.Enqueue((
                $"{context.Request.Method} {target}",
                context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
            return answer(context);
        });
        await application.StartAsync(TestContext.Current.CancellationToken);
        var url = new Uri(application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        origin.Port = url.Port;
        origin.Host = url.Authority;
        return origin;
    }

    /// <summary>An origin that has one file everywhere.</summary>
    public static Task<OriginServer> StartAsync(byte[] file, string? etag = null, string contentType = "application/gzip") => StartAsync(context =>
    {
        context.Response.ContentType = contentType;
        context.Response.ContentLength = file.Length;
        if (etag is not null)
            context.Response.Headers.ETag = etag;
        if (etag is not null && context.Request.Headers.IfNoneMatch == etag)
        {
            context.Response.ContentLength = null;
            context.Response.StatusCode = 304;
            return Task.CompletedTask;
        }

        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(file).AsTask();
    });

    public ValueTask DisposeAsync() => _application.DisposeAsync();
}
