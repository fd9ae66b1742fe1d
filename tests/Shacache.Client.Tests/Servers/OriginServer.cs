using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Shacache.Testing;

namespace Shacache.Client.Tests.Servers;

/// <summary>An ordinary web server with the files of a folder: entity tags, dates, ranges and conditions as ASP.NET Core serves them.</summary>
internal sealed class OriginServer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly WebApplication _application;
    private bool _isOff;

    private OriginServer()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(OwnLoopback.NewAddress(), 0));
        builder.Services.AddLogging();
        _application = builder.Build();
        _application.Use(async (context, next) =>
        {
            Requests.Enqueue($"{context.Request.Method} {context.Request.Path}");
            await next(context);
            LastStatus = context.Response.StatusCode;
        });
        _application.UseStaticFiles(new StaticFileOptions { FileProvider = new PhysicalFileProvider(_folder.Path), ServeUnknownFileTypes = true });
    }

    public string Url { get; private set; } = "";

    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>The status of the last answer.</summary>
    public int LastStatus { get; private set; }

    public static async Task<OriginServer> StartAsync(CancellationToken cancellationToken)
    {
        var server = new OriginServer();
        await server._application.StartAsync(cancellationToken);
        server.Url = server._application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return server;
    }

    /// <summary>Puts a file there, or another in its place.</summary>
    /// <returns>Its URL.</returns>
    public string Publish(string name, byte[] content, DateTimeOffset? modified = null)
    {
        File.WriteAllBytes(_folder[name], content);
        if (modified is { } time)
            File.SetLastWriteTimeUtc(_folder[name], time.UtcDateTime);
        return $"{Url}/{name}";
    }

    /// <summary>From now on nothing listens on its port.</summary>
    public async Task SwitchOffAsync()
    {
        if (_isOff)
            return;
        _isOff = true;
        await _application.StopAsync();
        await _application.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await SwitchOffAsync();
        _folder.Dispose();
    }
}
