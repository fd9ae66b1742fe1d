using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shacache.Blobs.FileSystem;
using Shacache.Core;
using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Database.Sqlite;
using Shacache.Http.Accounts;
using Shacache.Http.Requests;
using Shacache.Http.Routing;
using Shacache.Http.Tls;
using Shacache.Testing;
using Shacache.Transport;

namespace Shacache.Http.Tests;

/// <summary>The surfaces on a real Kestrel on a free loopback port, over real stores in a temporary folder.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private FileSystemBlobStore? _files;
    private SqliteDatabase? _database;
    private WebApplication? _application;

    public HttpClient Client { get; } = new();

    public LogRecorder Log { get; } = new();

    public Uri Url { get; private set; } = null!;

    /// <summary>The same over TLS; only there when a certificate was given.</summary>
    public Uri TlsUrl { get; private set; } = null!;

    /// <summary>Where it listens: plain HTTP, HTTPS when there is a certificate, and what a test added.</summary>
    public IReadOnlyList<string> Addresses { get; private set; } = [];

    public IDatabase Database => _database!;

    public IAccountStore Accounts => _database!.Accounts;

    public IAuditLog AuditLog => _database!.AuditLog;

    public AuditNotes AuditNotes => _application!.Services.GetRequiredService<AuditNotes>();

    public DailyUse Uses => _application!.Services.GetRequiredService<DailyUse>();

    public IBlobStore Blobs => _files!;

    public IEntryStore Entries => _database!.Entries;

    public IUpstreamListings UpstreamListings => _database!.UpstreamListings;

    public IForwardQueue Forwards => _database!.Forwards;

    public Router Router => _application!.Services.GetRequiredService<Router>();

    public IEnumerable<IEndpoint> Endpoints => _application!.Services.GetServices<IEndpoint>();

    public ConnectionLimit Connections => _application!.Services.GetRequiredService<ConnectionLimit>();

    public string DataFolder => _folder.Path;

    public string AccessLogPath => _folder["access.log"];

    public static async Task<TestServer> StartAsync(
        CacheServerOptions? options = null,
        Func<IBlobStore, IBlobStore>? blobs = null,
        Action<KestrelServerOptions>? kestrel = null,
        bool accessLog = false,
        Action<IServiceCollection>? services = null,
        ServerCertificate? certificate = null,
        TimeSpan? handshakeTimeout = null,
        Func<bool>? asksForCertificate = null,
        TransportKind transport = TransportKind.Shacache)
    {
        var server = new TestServer();
        await server.RunAsync(
            options ?? new CacheServerOptions(), blobs, kestrel, accessLog, services, certificate, handshakeTimeout ?? TimeSpan.FromSeconds(20),
            asksForCertificate, transport);
        return server;
    }

    public Task<RawConnection> ConnectAsync() => ConnectAsync(Url);

    public static async Task<RawConnection> ConnectAsync(Uri url)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(url.Host, url.Port, TestContext.Current.CancellationToken);
        return new RawConnection(socket);
    }

    /// <summary>Sends bytes on a connection of their own, and gives everything that comes back until it is closed.</summary>
    public async Task<string> ExchangeAsync(string request)
    {
        using RawConnection connection = await ConnectAsync();
        await connection.SendAsync(request);
        return await connection.ReadToEndAsync();
    }

    public async Task StopAsync() => await _application!.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (_application is not null)
            await _application.DisposeAsync();
        if (_database is not null)
            await _database.DisposeAsync();
        _files?.Dispose();
        _folder.Dispose();
    }

    private async Task RunAsync(
        CacheServerOptions options,
        Func<IBlobStore, IBlobStore>? blobs,
        Action<KestrelServerOptions>? kestrel,
        bool accessLog,
        Action<IServiceCollection>? services,
        ServerCertificate? certificate,
        TimeSpan handshakeTimeout,
        Func<bool>? asksForCertificate,
        TransportKind transport)
    {
        _files = FileSystemBlobStore.Open(new FileSystemBlobOptions { DataFolder = _folder.Path });
        _database = await SqliteDatabase.OpenAsync(_folder["entries.sqlite"], TimeProvider.System, TestContext.Current.CancellationToken);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseAdminSocket();
        builder.WebHost.ConfigureKestrel(limits =>
        {
            limits.AddServerHeader = false;
            limits.RequestHeaderEncodingSelector = ContentLengthEncoding.Select;
            limits.Limits.MaxRequestBodySize = null;
            limits.ListenLocalhostOnly();
            if (certificate is not null)
                limits.ListenTlsLocalhostOnly(certificate, handshakeTimeout, asksForCertificate);
            kestrel?.Invoke(limits);
        });
        builder.Logging.AddProvider(Log);
        builder.Services.AddTransport(transport);
        builder.Services.AddShacache(blobs?.Invoke(_files) ?? _files, _database, options, accessLog ? AccessLogPath : null);
        services?.Invoke(builder.Services);
        if (certificate is not null)
        {
            builder.Services.AddSingleton(certificate);
            builder.Services.AddHostedService<CertificateWatch>();
        }

        _application = builder.Build();
        _application.RunShacache();
        await _application.StartAsync(TestContext.Current.CancellationToken);
        ICollection<string> addresses = _application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        Addresses = [.. addresses];
        Url = new Uri(Addresses[0]);
        TlsUrl = new Uri(Addresses[certificate is null ? 0 : 1]);
        Client.BaseAddress = Url;
    }
}
