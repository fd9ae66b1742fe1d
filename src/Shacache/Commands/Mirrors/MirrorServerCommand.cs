using System.CommandLine;
using Shacache.Cli.Commands.Accounts;
using Shacache.Client.Accounts;
using Shacache.Client.Mirrors;
using Shacache.Http.Accounts;

namespace Shacache.Cli.Commands.Mirrors;

/// <summary>A command that asks a running server: on its own machine, or from afar.</summary>
internal abstract class MirrorServerCommand : DocumentedCommand
{
    private readonly Option<string> _data = new("--data")
    {
        Description = "On the server's machine: its data folder. The server must run.",
        HelpName = "DIR",
        DefaultValueFactory = _ => "data",
    };

    private readonly ServerOptions _server = new();

    private readonly Option<string?> _certificate = new("--cert")
    {
        Description = "With --url: the certificate of an account that may administer.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _key = new("--key")
    {
        Description = "With --cert: its private key. Not needed when it is in the same file.",
        HelpName = "FILE",
    };

    private readonly Option<string?> _tokenFile = new("--token-file")
    {
        Description = "With --url: a file with a token of an account that may administer, instead of --cert.",
        HelpName = "FILE",
    };

    protected MirrorServerCommand(string name, string description)
        : base(name, description)
    {
    }

    protected Option<bool> Json { get; } = AccountCommand.Json();

    public override IReadOnlyList<string> Notes =>
    [
        "On the server's machine, as its user: --data is enough. A server without accounts accepts --url from its own machine, too; one with accounts wants an account that may administer.",
    ];

    /// <summary>Adds the options that all of these commands have, behind those of its own.</summary>
    protected void AddServerOptions()
    {
        Add(Json);
        Add(_data);
        Add(_server.Url);
        Add(_certificate);
        Add(_key);
        Add(_server.Authority);
        Add(_tokenFile);
        SetAction(async (arguments, cancellationToken) =>
        {
            using var mirror = new MirrorAdministration(FindServer(arguments));
            return await RunAsync(arguments, mirror, cancellationToken);
        });
    }

    protected abstract Task<int> RunAsync(ParseResult arguments, MirrorAdministration mirror, CancellationToken cancellationToken);

    private AccountServer FindServer(ParseResult arguments)
    {
        (string? certificate, string? key, string? tokenFile) = (arguments.GetValue(_certificate), arguments.GetValue(_key), arguments.GetValue(_tokenFile));
        if (_server.Find(arguments) is not { } remote)
        {
            if (new Option[] { _certificate, _key, _server.Authority, _tokenFile }.FirstOrDefault(option => arguments.GetResult(option) is not null) is { } misplaced)
                throw new CommandFailedException(ExitCode.Usage, $"{misplaced.Name} is for a server that --url names.");
            return FindLocal(Path.GetFullPath(arguments.GetRequiredValue(_data)));
        }

        if (arguments.GetResult(_data) is { Implicit: false })
            throw new CommandFailedException(ExitCode.Usage, "give --data or --url, not both.");
        if (certificate is not null && tokenFile is not null)
            throw new CommandFailedException(ExitCode.Usage, "give --cert or --token-file, not both.");
        if (certificate is null && key is not null)
            throw new CommandFailedException(ExitCode.Usage, "--key needs --cert, the certificate of the key.");
        return tokenFile is not null
            ? WithToken(remote, tokenFile)
            : remote with { Tls = remote.Tls with { CertificateFile = certificate, KeyFile = key } };
    }

    private static AccountServer FindLocal(string data)
    {
        string socket = Path.Combine(data, AdminSocket.FileName);
        return Path.Exists(socket)
            ? AccountServer.AtSocket(socket)
            : throw new CommandFailedException(ExitCode.Error, $"no server runs on the data folder {data}; name it with --data, or a server elsewhere with --url.");
    }

    private static AccountServer WithToken(AccountServer server, string path)
    {
        try
        {
            return server.WithToken(File.ReadAllText(path));
        }
        catch (FormatException e)
        {
            throw new CommandFailedException(ExitCode.Configuration, $"{path}: {e.Message}.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(ExitCode.Error, $"--token-file: {path} cannot be read: {e.Message}", e);
        }
    }
}
