using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Shacache.Cli.Configuration.Features;
using Shacache.Cli.Contents;
using Shacache.Cli.Errors;
using Shacache.Cli.Serving.Storage;
using Shacache.Client.Accounts;
using Shacache.Http.Accounts;
using Shacache.Http.Accounts.Callers;

namespace Shacache.Cli.Serving;

/// <summary>The server of a data folder on this machine, through its Unix socket; when none runs, one of our own, for as long as a command takes.</summary>
/// <remarks>So that commands have one way only, and what they do is checked and recorded alike.</remarks>
internal sealed class LocalServer : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> _own = [];

    private LocalServer(string socketPath) => Address = AccountServer.AtSocket(socketPath);

    public AccountServer Address { get; }

    /// <param name="settings">The data folder, and where everything is while no server runs on it.</param>
    /// <param name="needsAccounts">Whether there is nothing to be done in a folder without accounts.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="CommandFailedException">There is no such folder, no authority in it although that is needed, or it cannot be used.</exception>
    public static async Task<LocalServer> OpenAsync(ServerSettings settings, bool needsAccounts, CancellationToken cancellationToken)
    {
        string data = settings.Host.DataFolder;

        // What has everything elsewhere needs a folder for the socket alone, and leaves nothing in one that is something else, or is not there yet.
        bool isElsewhere = settings is { ContentStore.Options: not null, Database.Options: not null };
        if (isElsewhere && !IsDataFolder(data))
            return await OpenElsewhereAsync(settings, needsAccounts, cancellationToken);
        if (!Directory.Exists(data))
            throw new CommandFailedException(ExitCode.Error, $"there is no data folder {data}; name it with --data, or a server elsewhere with --url.");
        var server = new LocalServer(Path.Combine(data, AdminSocket.FileName));
        try
        {
            if (await IsServedAsync(server.Address.SocketPath!, cancellationToken))
                return server;
            // Nothing is made in a folder that is something else.
            if (!IsDataFolder(data))
                throw needsAccounts ? WithoutAuthority(settings) : NoDataFolder(data);
            if (server.TryLock(data, out CommandFailedException? held))
                await server.StartAsync(settings, needsAccounts, cancellationToken);
            // Another one may have begun to serve it in between.
            else if (!await IsServedAsync(server.Address.SocketPath!, cancellationToken))
                throw WithoutSocket(held);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>A server of our own in a folder of its own, which goes away with it.</summary>
    private static async Task<LocalServer> OpenElsewhereAsync(ServerSettings settings, bool needsAccounts, CancellationToken cancellationToken)
    {
        var folder = new OwnFolder();
        var server = new LocalServer(Path.Combine(folder.Path, AdminSocket.FileName));
        server._own.Push(new Held(folder));
        try
        {
            settings.Accounts.AuthorityCertificate ??= settings.Accounts.AuthorityFiles(settings.Host.DataFolder).CertificatePath;
            settings.Host.Data = folder.Path;
            await server.StartAsync(settings, needsAccounts, cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    private static CommandFailedException WithoutAuthority(ServerSettings settings) => new(
        ExitCode.Error,
        $"there is no certificate authority {settings.Accounts.AuthorityFiles(settings.Host.DataFolder).CertificatePath}, hence no accounts; make it with 'shacache account init'. " +
        "If the server has it elsewhere (account-ca), name the server's file with --config.");

    private static CommandFailedException NoDataFolder(string data) => new(
        ExitCode.Error, $"{data} is no data folder: it holds neither blobs/ nor {EmbeddedStorage.DatabaseName}. Nothing was changed; name the right one with --data.");

    private static bool IsDataFolder(string data) =>
        File.Exists(EmbeddedStorage.DatabasePath(data)) || Directory.Exists(Path.Combine(data, "blobs")) || Directory.Exists(Path.Combine(data, "ca")) || ContentMark.IsIn(data);

    /// <summary>What was opened last is closed first.</summary>
    public async ValueTask DisposeAsync()
    {
        while (_own.TryPop(out IAsyncDisposable? opened))
            await opened.DisposeAsync();
    }

    private static async Task<bool> IsServedAsync(string socketPath, CancellationToken cancellationToken)
    {
        if (!Path.Exists(socketPath))
            return false;
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), cancellationToken);
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AccessDenied)
        {
            throw new CommandFailedException(ExitCode.Error, $"{socketPath} belongs to another user: run this as the user who runs the server, or use --url.", e);
        }
        catch (Exception e) when (e is SocketException or PlatformNotSupportedException)
        {
            // A server that was killed leaves it behind; or there are no such sockets here.
            return false;
        }
    }

    private bool TryLock(string data, [NotNullWhen(false)] out CommandFailedException? problem)
    {
        try
        {
            _own.Push(new Held(DataFolderLock.Acquire(data)));
            problem = null;
            return true;
        }
        catch (CommandFailedException e)
        {
            problem = e;
            return false;
        }
    }

    private static CommandFailedException WithoutSocket(CommandFailedException held) =>
        // With a cause it is the folder that cannot be used; it is not in use.
        held.InnerException is null
            ? new CommandFailedException(ExitCode.Error, $"{held.Message} It has no socket for commands: its log says why. --url reaches it all the same.", held)
            : held;

    private async Task StartAsync(ServerSettings settings, bool needsAccounts, CancellationToken cancellationToken)
    {
        string data = settings.Host.DataFolder;
        settings.Logs.Level = LogLevel.Error;
        AccountAuthority authority = CacheHost.OpenAuthority(settings);
        _own.Push(new Held(authority));
        if (needsAccounts && !authority.IsOn)
            throw WithoutAuthority(settings);

        if (AdminSocket.Prepare(data, out string socketPath) is { } problem)
            throw new CommandFailedException(ExitCode.Error, $"no server runs on {data}, and it cannot be worked on directly: {problem}.");
        _own.Push(new Held(TrustFiles.Load(settings)));
        var options = new EmbeddedStorageOptions(data) { Content = settings.ContentStore.Options, Database = settings.Database.Options, Budget = settings.Room.Options, Retention = settings.Retention.Options };
        EmbeddedStorage storage = await EmbeddedStorage.OpenAsync(options, TimeProvider.System, cancellationToken);
        _own.Push(storage);
        _own.Push(await CacheHost.StartAdministrationAsync(settings, authority, socketPath, storage, cancellationToken));
    }

    private sealed class Held(IDisposable resource) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            resource.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
