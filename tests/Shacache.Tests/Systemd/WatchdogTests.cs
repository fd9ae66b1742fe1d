using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging.Abstractions;
using Shacache.Cli.Serving.Systemd;
using Shacache.Testing;

namespace Shacache.Tests.Systemd;

/// <summary>The manager hears that the server is alive only after an answer.</summary>
public sealed class WatchdogTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly NotificationSocket _told;

    public WatchdogTests()
    {
        _told = new NotificationSocket(_folder["notify"]);
        _listener.Bind(new UnixDomainSocketEndPoint(_folder["admin.sock"]));
        _listener.Listen();
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _listener.Dispose();
        _told.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Tell_ServerIsSilentThenAnswers_OnlyTheAnswerCounts()
    {
        using var watchdog = new Watchdog(
            ServiceManager.Find(_ => _told.Name)!, new WatchdogTiming(TimeSpan.FromMilliseconds(100)), new Addresses($"http://unix:{_folder["admin.sock"]}"),
            TimeProvider.System, NullLogger<Watchdog>.Instance);
        await watchdog.StartAsync(Token);

        // It connects again only after it has given up the connection before.
        using (await _listener.AcceptAsync(Token))
        using (await _listener.AcceptAsync(Token))
            Assert.False(_told.WasTold);
        Task<string[]> told = _told.ReceiveAsync();
        while (!told.IsCompleted)
        {
            using Socket asked = await _listener.AcceptAsync(Token);
            await asked.ReceiveAsync(new byte[1000], Token);
            // The watchdog may have given up in between, where others need the processors.
            await Task.WhenAny(asked.SendAsync("HTTP/1.1 503 Service Unavailable\r\n\r\n"u8.ToArray(), Token).AsTask(), told);
            await Task.WhenAny(told, Task.Delay(TimeSpan.FromSeconds(1), Token));
        }

        Assert.Equal(["WATCHDOG=1"], await told);
        await watchdog.StopAsync(Token);
    }

    private sealed class Addresses(string address) : IServer
    {
        public IFeatureCollection Features { get; } = Make(address);

        public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
            where TContext : notnull => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public void Dispose()
        {
        }

        private static FeatureCollection Make(string address)
        {
            var listening = new ServerAddressesFeature();
            listening.Addresses.Add(address);
            var features = new FeatureCollection();
            features.Set<IServerAddressesFeature>(listening);
            return features;
        }
    }
}
