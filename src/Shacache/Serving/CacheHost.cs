using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Shacache.Cli.Configuration.Declaration;
using Shacache.Cli.Configuration.Features;
using Shacache.Cli.Errors;
using Shacache.Cli.Serving.Storage;
using Shacache.Cli.Serving.Systemd;
using Shacache.Cli.Tier;
using Shacache.Core.Stores;
using Shacache.Http;
using Shacache.Http.AccessLogs;
using Shacache.Http.Accounts;
using Shacache.Http.Accounts.Callers;
using Shacache.Http.Metrics;
using Shacache.Http.Stores;
using Shacache.Http.Tls;
using Shacache.Transport;

namespace Shacache.Cli.Serving;

/// <summary>Hosts the cache until the process is told to stop.</summary>
internal static class CacheHost
{
    /// <summary>Serves; returns once SIGTERM or SIGINT came and running requests have finished, or their time was up.</summary>
    /// <exception cref="CommandFailedException">An address cannot be listened on, or the certificate is no longer what it was when it was checked.</exception>
    public static async Task RunAsync(ServerSettings settings, EmbeddedStorage storage, CancellationToken cancellationToken)
    {
        UpstreamFiles.Load(settings.Upstreams.Sections);
        RemoteCredentials.Load(settings.Remotes);
        ServerCertificate? certificate = LoadCertificate(settings.Host);
        using AccountAuthority authority = OpenAuthority(settings);
        string? noSocket = AdminSocket.Prepare(settings.Host.DataFolder, out string socket);
        // One thread of the pool may wait for the disk (an upload that comes alone); on a single processor it would be the only one.
        ThreadPool.GetMinThreads(out int workerThreads, out int completionThreads);
        ThreadPool.SetMinThreads(Math.Max(workerThreads, 2), completionThreads);
        var manager = ServiceManager.Find(Environment.GetEnvironmentVariable);
        await using WebApplication application = Build(settings, certificate, authority, noSocket is null ? socket : null, storage, services => services
            .AddSingleton(storage).AddHostedService<StorageUpkeep>().AddHostedService<StorageScrub>().AddHostedService<DailyCleanUp>()
            .AddSingleton(storage.Tier).AddHostedService<TierUpkeep>().AddSharedDatabase(storage).AddSharedContent(storage).AddTelemetryExport()
            .AddWatchdog(manager));
        ILogger logger = application.Services.GetRequiredService<ILoggerFactory>().CreateLogger("shacache");
        storage.OnDamage = damage =>
        {
            if (damage.MovedTo is { } path)
                Log.ObjectDamaged(logger, damage.Digest, damage.Reason, path);
            else
                Log.ObjectDamagedInPlace(logger, damage.Digest, damage.Reason);
        };
        storage.OnLost = digest => Log.ObjectGone(logger, digest);
        storage.Damage.OnHealed = digest => Log.ObjectHealed(logger, digest);
        application.RunShacache();
        try
        {
            await application.StartAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            throw new CommandFailedException(ExitCode.Error, ListenTrouble.Explain(e, settings.Host.Listen), e);
        }

        DescriptorLimit.Apply(application.Services.GetRequiredService<ConnectionLimit>(), settings.Connections.MaxConnections, logger);
        ICollection<string> addresses = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        string listening = string.Join(' ', addresses.Where(address => !address.EndsWith(AdminSocket.FileName, StringComparison.Ordinal)));
        Log.Listening(logger, listening, settings.Host.DataFolder);
        if (noSocket is null)
            Log.SocketOpen(logger, socket);
        else
            Log.NoSocket(logger, noSocket);
        authority.Announce(logger);
        certificate?.Announce(logger);
        using PosixSignalRegistration? hangup = OnHangup(() =>
        {
            application.Services.GetService<AccessLog>()?.Reopen();
            certificate?.Reload(logger);
        });
        var timeout = new Duration(settings.Connections.ShutdownTimeout);
        application.Lifetime.ApplicationStopping.Register(() =>
        {
            Log.Stopping(logger, timeout);
            manager?.TellStopping($"Running requests have {timeout} to finish");
        });
        if (manager?.TellReady($"Listening on {listening}") is { } unheard)
            Log.ServiceManagerUnreached(logger, unheard);
        try
        {
            await application.WaitForShutdownAsync(cancellationToken);
            ThrowIfFailed(application.Services, logger);
            Log.Stopped(logger);
        }
        catch (OperationCanceledException)
        {
            Log.CutOff(logger, timeout);
            ThrowIfFailed(application.Services, logger);
        }
    }

    /// <summary>Serves the operator's socket alone, until it is disposed of: for commands while no server runs on the folder.</summary>
    /// <param name="settings">Those of the folder; nothing listens on the network.</param>
    /// <param name="authority">The authority.</param>
    /// <param name="adminSocket">Where the socket is to be.</param>
    /// <param name="storage">The stores of the folder, whose lock the caller holds.</param>
    /// <param name="cancellationToken">Stops the start.</param>
    public static async Task<IAsyncDisposable> StartAdministrationAsync(
        ServerSettings settings, AccountAuthority authority, string adminSocket, EmbeddedStorage storage, CancellationToken cancellationToken)
    {
        settings.Host.Listen = [];
        settings.Cache.IsServing = false;
        WebApplication application = Build(settings, certificate: null, authority, adminSocket, storage, static _ => { });
        application.RunShacache();
        try
        {
            await application.StartAsync(cancellationToken);
            return application;
        }
        catch
        {
            await application.DisposeAsync();
            throw;
        }
    }

    /// <summary>Tells what ended the server from within: the host stops when a background service fails, and calls that an orderly end.</summary>
    /// <exception cref="CommandFailedException">A background service failed.</exception>
    internal static void ThrowIfFailed(IServiceProvider services, ILogger logger)
    {
        foreach (BackgroundService service in services.GetServices<IHostedService>().OfType<BackgroundService>())
        {
            if (service.ExecuteTask?.Exception?.GetBaseException() is not { } cause)
                continue;
            string name = service.GetType().Name;
            Log.ServiceFailed(logger, name, cause);
            throw new CommandFailedException(ExitCode.Error, $"the server has stopped, since its {name} failed: {cause.Message}", cause);
        }
    }

    private static WebApplication Build(
        ServerSettings settings, ServerCertificate? certificate, AccountAuthority authority, string? adminSocket, EmbeddedStorage storage, Action<IServiceCollection> addMore)
    {
        // Empty: only our own settings are read from files and the environment, and it starts sooner.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        builder.WebHost.UseAdminSocket();
        builder.WebHost.ConfigureKestrel(kestrel => KestrelSettings.Apply(settings, certificate, authority, adminSocket, kestrel));
        ServerLogging.Add(builder.Logging, settings.Logs.Level);
        IServiceCollection services = builder.Services;
        services.Configure<HostOptions>(host => host.ShutdownTimeout = settings.Connections.ShutdownTimeout);
        services.Configure<ConsoleLifetimeOptions>(lifetime => lifetime.SuppressStatusMessages = true);
        services.AddTransport(settings.Host.Transport);
        settings.Gateway.Options.SpoolFolder = Path.Combine(settings.Host.DataFolder, "gateway");
        settings.Upstreams.Options.SpoolFolder = Path.Combine(settings.Host.DataFolder, "upstream");
        services.AddSingleton(storage.Blocks);
        services.AddShacache(storage.Blobs, storage.Database, settings.Cache, settings.Logs.AccessLog);
        services.AddSingleton<IStoreFigures>(storage);
        services.AddSingleton<ILocalContent>(storage.Tier);
        services.AddSingleton(storage.Repair);
        services.AddSingleton(storage.Budget);
        services.AddShacacheAccounts(authority, settings.Accounts.Options);
        services.AddShacacheStores(storage.Withdrawal, storage.CleanUp);
        if (certificate is not null)
        {
            services.AddSingleton(certificate);
            services.AddHostedService<CertificateWatch>();
        }

        addMore(services);
        return builder.Build();
    }

    private static ServerCertificate? LoadCertificate(HostSettings host)
    {
        if (host.TlsCertificate is not { } path)
            return null;
        try
        {
            return ServerCertificate.Load(new CertificateFiles(path, host.TlsKey), TimeProvider.System);
        }
        catch (CertificateFileException e)
        {
            throw new CommandFailedException(ExitCode.Configuration, e.Message, e);
        }
    }

    internal static AccountAuthority OpenAuthority(ServerSettings settings)
    {
        try
        {
            return AccountAuthority.Open(settings.Accounts.AuthorityFiles(settings.Host.DataFolder), TimeProvider.System);
        }
        catch (AuthorityFileException e)
        {
            throw new CommandFailedException(ExitCode.Configuration, e.Message, e);
        }
    }

    private static PosixSignalRegistration? OnHangup(Action act)
    {
        if (OperatingSystem.IsWindows())
            return null;
        return PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            act();
        });
    }
}
