using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Shacache.Testing;

namespace Shacache.Cli.Running;

/// <summary>An ordinary web server on a free port, with files that a test publishes.</summary>
internal sealed class OriginSite : IAsyncDisposable
{
    private const int PieceBytes = 64 * 1024;

    private readonly WebApplication _application;
    private readonly ConcurrentDictionary<string, byte[]> _files = [];
    private readonly ConcurrentDictionary<string, string> _redirects = [];
    private readonly Lock _lock = new();
    private OriginHold? _hold;
    private int _running;
    private bool _isOff;

    /// <param name="certificate">With this it speaks TLS.</param>
    /// <param name="address">Where it listens; by default on an address of its own.</param>
    public OriginSite(X509Certificate2? certificate = null, IPAddress? address = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(address ?? OwnLoopback.NewAddress(), 0, listen =>
        {
            if (certificate is not null)
                listen.UseHttps(certificate);
        }));
        builder.Services.AddLogging();
        _application = builder.Build();
        _application.Run(ServeAsync);
    }

    public string Url { get; private set; } = "";

    public int RequestCount { get; private set; }

    public int MaxConcurrentRequests { get; private set; }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await _application.StartAsync(cancellationToken);
        Url = _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
    }

    /// <summary>Puts a file there.</summary>
    /// <returns>Its URL.</returns>
    public string Publish(string name, byte[] content)
    {
        _files[$"/{name}"] = content;
        return $"{Url}/{name}";
    }

    /// <summary>Answers a path with a redirect.</summary>
    /// <returns>Its URL.</returns>
    public string Redirect(string name, string target)
    {
        _redirects[$"/{name}"] = target;
        return $"{Url}/{name}";
    }

    /// <summary>From now on answers stop when so many bytes of a file were sent, or before its first one.</summary>
    public OriginHold Hold(long afterBytes)
    {
        var hold = new OriginHold(afterBytes);
        Volatile.Write(ref _hold, hold);
        return hold;
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

    public async ValueTask DisposeAsync() => await SwitchOffAsync();

    private async Task ServeAsync(HttpContext context)
    {
        Change(+1);
        try
        {
            if (_redirects.TryGetValue(context.Request.Path, out string? target))
            {
                context.Response.Redirect(target);
                return;
            }

            if (!_files.TryGetValue(context.Request.Path, out byte[]? content))
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return;
            }

            OriginHold? hold = Volatile.Read(ref _hold);
            context.Response.ContentLength = content.Length;
            for (int done = 0; done < content.Length; done += PieceBytes)
            {
                if (hold is not null)
                    await hold.PassAsync(done, context.RequestAborted);
                await context.Response.Body.WriteAsync(content.AsMemory(done, Math.Min(PieceBytes, content.Length - done)), context.RequestAborted);
            }
        }
        finally
        {
            Change(-1);
        }
    }

    private void Change(int running)
    {
        lock (_lock)
        {
            _running += running;
            RequestCount += Math.Max(running, 0);
            MaxConcurrentRequests = Math.Max(MaxConcurrentRequests, _running);
        }
    }
}
