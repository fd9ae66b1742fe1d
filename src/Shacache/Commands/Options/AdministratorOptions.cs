using System.CommandLine;
using Shacache.Cli.Configuration;
using Shacache.Cli.Configuration.Features;
using Shacache.Cli.Errors;
using Shacache.Client.Accounts;
using Shacache.Client.Configuration;
using Shacache.Core.Messages;

namespace Shacache.Cli.Commands.Options;

/// <summary>The options of a command that administers a server: where it is, and with which account.</summary>
/// <param name="needsServer">Whether it must run; otherwise the command works on its stores, too.</param>
/// <param name="keyOption">The name of the option for the private key: of some commands <c>--key</c> is the key of an entry.</param>
internal sealed class AdministratorOptions(bool needsServer, string keyOption = "--key")
{
    private readonly ServerOptions _server = new();

    private readonly Option<string> _data = new("--data")
    {
        Description = $"On the server's machine: its data folder. {(needsServer ? "The server must run." : "Works while the server runs, and while it does not.")}",
        HelpName = "DIR",
        DefaultValueFactory = _ => "data",
    };

    private readonly StoreOptions _stores = new(needsServer
        ? "On the server's machine: its configuration file, which names its data folder."
        : "On the server's machine: its configuration file, which names its data folder, and content and database for when it does not run. A running server has its own settings.");

    private readonly TextOption _certificate = new("--cert", "FILE", "With --url: the certificate of an account that may administer.");

    private readonly TextOption _key = new(keyOption, "FILE", "With --cert: its private key. Not needed when it is in the same file.");

    private readonly TextOption _tokenFile = new("--token-file", "FILE", $"With --url: a file with a token of an account that may administer, instead of --cert. Without both, {SettingsReader.TokenVariable} of the environment counts.");

    /// <summary>Adds them to a command, after its own.</summary>
    public void AddTo(Command command)
    {
        command.Add(_data);
        command.Add(_stores.Configuration);
        command.Add(_server.Url);
        command.Add(_certificate);
        command.Add(_key);
        command.Add(_server.Authority);
        command.Add(_tokenFile);
        if (!needsServer)
            _stores.AddSettings(command, areHidden: true);
    }

    /// <summary>The data folder of a server on this machine.</summary>
    /// <exception cref="CommandFailedException">The configuration file cannot be used.</exception>
    public string FindDataFolder(ParseResult arguments) => _stores.FindDataFolder(arguments, _data);

    /// <summary>Where a server on this machine has everything.</summary>
    /// <exception cref="CommandFailedException">Something is wrong with it.</exception>
    public ServerSettings ReadStores(ParseResult arguments) => _stores.Read(arguments, _data);

    /// <summary>The server that <c>--url</c> names, with the credentials for it; null for the one on this machine.</summary>
    /// <exception cref="CommandFailedException">The options contradict each other, or the token cannot be used.</exception>
    public AccountServer? FindRemote(ParseResult arguments)
    {
        if (_server.Find(arguments) is not { } server)
        {
            string? misplaced = new Option[] { _certificate, _key, _server.Authority, _tokenFile }.FirstOrDefault(option => arguments.GetResult(option) is not null)?.Name;
            return misplaced is null ? null : throw new CommandFailedException(ExitCode.Usage, $"{misplaced} is for a server that --url names.");
        }

        if (arguments.GetResult(_data) is { Implicit: false })
            throw new CommandFailedException(ExitCode.Usage, "give --data or --url, not both.");
        if (_stores.FindGiven(arguments) is { } given)
            throw new CommandFailedException(ExitCode.Usage, $"give {given} or --url, not both.");
        (string? certificate, string? key, string? tokenFile) = (arguments.GetValue(_certificate), arguments.GetValue(_key), arguments.GetValue(_tokenFile));
        if (certificate is not null && tokenFile is not null)
            throw new CommandFailedException(ExitCode.Usage, "give --cert or --token-file, not both.");
        if (certificate is null && key is not null)
            throw new CommandFailedException(ExitCode.Usage, $"{keyOption} needs --cert, the certificate of the key.");
        if (certificate is not null)
            return server with { Tls = server.Tls with { CertificateFile = certificate, KeyFile = key } };
        if (tokenFile is not null)
            return WithToken(server, ReadToken(tokenFile), tokenFile);
        return Environment.GetEnvironmentVariable(SettingsReader.TokenVariable) is { Length: > 0 } token ? WithToken(server, token, SettingsReader.TokenVariable) : server;
    }

    private static string ReadToken(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(ExitCode.Error, $"--token-file: {path} cannot be read: {FileTrouble.Explain(e, path)}.", e);
        }
    }

    private static AccountServer WithToken(AccountServer server, string token, string where)
    {
        try
        {
            return server.WithToken(token);
        }
        catch (FormatException e)
        {
            throw new CommandFailedException(ExitCode.Configuration, $"{where}: {e.Message}.", e);
        }
    }
}

/// <summary>The options that name a server on the network.</summary>
internal sealed class ServerOptions
{
    public TextOption Url { get; } = new("--url", "URL", "The URL of the server, such as https://cache.example.org:8443.");

    public TextOption Authority { get; } = new("--ca", "FILE", "The certificate of the CA that the server's certificate must come from. Default: those of the system.");

    /// <summary>The server that <c>--url</c> names; null without it.</summary>
    /// <exception cref="CommandFailedException">It is no URL.</exception>
    public AccountServer? Find(ParseResult arguments)
    {
        if (arguments.GetValue(Url) is not { } url)
            return null;
        return CacheUrl.TryParse(url, out CacheUrl? parsed, out string? problem)
            ? AccountServer.At(parsed) with { Tls = new TlsFiles { AuthorityFile = arguments.GetValue(Authority) } }
            : throw new CommandFailedException(ExitCode.Usage, $"--url: {problem}.");
    }
}
