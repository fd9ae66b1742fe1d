using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Shacache.Cli.Configuration;
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

    /// <param name="dataFolder">The folder.</param>
    /// <param name="needsAccounts">Whether there is nothing to be done in a folder without accounts.</param>
    /// <param name="configurationFile">Settings for a server of our own; null for the defaults.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="CommandFailedException">There is no such folder, no authority in it although that is needed, or it cannot be used.</exception>
    public static async Task<LocalServer> OpenAsync(string dataFolder, bool needsAccounts, string? configurationFile, CancellationToken cancellationToken)
    {
        string data = Path.GetFullPath(dataFolder);
        if (!Directory.Exists(data))
            throw new CommandFailedException(ExitCode.Error, $"there is no data folder {data}; name it with --data, or a server elsewhere with --url.");
        var server = new LocalServer(Path.Combine(data, AdminSocket.FileName));
        try
        {
            if (await IsServedAsync(server.Address.SocketPath!, cancellationToken))
                return server;
            // Nothing is made in a folder that is something else.
            if (!IsDataFolder(data))
                throw needsAccounts ? WithoutAuthority(data) : NoDataFolder(data);
            if (server.TryLock(data, out CommandFailedException? held))
                await server.StartAsync(data, needsAccounts, configurationFile, cancellationToken);
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

    private static CommandFailedException WithoutAuthority(string data) => new(
        ExitCode.Error,
        $"there is no certificate authority in {data}, hence no accounts; make it with 'shacache account init'. If the server has it elsewhere (account-ca), start the server first.");

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

    private async Task StartAsync(string data, bool needsAccounts, string? configurationFile, CancellationToken cancellationToken)
    {
        var flags = new Dictionary<string, string> { ["data"] = data };
        ServerSettings settings = SettingsReader.Read(flags, new Dictionary<string, string>(), filePath: null, out _);
        settings.Logs.Level = LogLevel.Error;
        AccountAuthority authority = CacheHost.OpenAuthority(settings);
        _own.Push(new Held(authority));
        if (needsAccounts && !authority.IsOn)
            throw WithoutAuthority(data);

        if (AdminSocket.Prepare(data, out string socketPath) is { } problem)
            throw new CommandFailedException(ExitCode.Error, $"no server runs on {data}, and it cannot be worked on directly: {problem}.");
        EmbeddedStorage storage = await EmbeddedStorage.OpenAsync(ReadOptions(data, configurationFile), TimeProvider.System, cancellationToken);
        _own.Push(storage);
        _own.Push(await CacheHost.StartAdministrationAsync(settings, authority, socketPath, storage, cancellationToken));
    }

    /// <summary>Reads a server's configuration for a command that works on its stores.</summary>
    /// <exception cref="CommandFailedException">Something is wrong with it.</exception>
    public static ServerSettings ReadSettings(string configurationFile)
    {
        ServerSettings settings = SettingsReader.Read(new Dictionary<string, string>(), new Dictionary<string, string>(), configurationFile, out IReadOnlyList<string> problems);
        return problems.Count == 0 ? settings : throw new CommandFailedException(ExitCode.Configuration, problems[0]);
    }

    /// <summary>What of the server's configuration says what is kept. All else of it, such as its upstreams, is for a server that runs.</summary>
    private EmbeddedStorageOptions ReadOptions(string data, string? configurationFile)
    {
        if (configurationFile is null)
            return new EmbeddedStorageOptions(data);
        ServerSettings settings = ReadSettings(configurationFile);
        _own.Push(new Held(TrustFiles.Load(settings)));
        return new EmbeddedStorageOptions(data) { Content = settings.ContentStore.Options, Database = settings.Database.Options, Budget = settings.Room.Options, Retention = settings.Retention.Options };
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
