using System.CommandLine;
using System.Net;
using Shacache.Cli.Configuration;
using Shacache.Cli.Serving;
using Shacache.Client;
using Shacache.Client.Accounts;
using Shacache.Core.Accounts;
using Shacache.Core.Accounts.Documents;

namespace Shacache.Cli.Commands.Accounts;

/// <summary>A command of whoever grants accounts: on the server's machine, or from afar.</summary>
internal abstract class OperatorCommand : DocumentedCommand
{
    private readonly Option<string> _data = new("--data")
    {
        Description = "On the server's machine: its data folder. Works while the server runs, and while it does not.",
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
        Description = $"With --url: a file with a token of an account that may administer, instead of --cert. Without both, {SettingsReader.TokenVariable} of the environment counts.",
        HelpName = "FILE",
    };

    protected OperatorCommand(string name, string description)
        : base(name, description)
    {
    }

    protected Option<bool> Json { get; } = AccountCommand.Json();

    public override IReadOnlyList<string> Notes =>
    [
        "On the server's machine, as its user: --data is enough. From afar: --url, and --cert with --key or a token of an account that may administer.",
        "Exit code 3: there is no such thing.",
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
        SetAction(ConnectAndRunAsync);
    }

    /// <summary>Refuses what makes no sense, before anything is opened.</summary>
    protected virtual void Check(ParseResult arguments)
    {
    }

    protected abstract Task<int> RunAsync(ParseResult arguments, AccountAdministration accounts, CancellationToken cancellationToken);

    /// <summary>The one request that is meant.</summary>
    /// <param name="accounts">Where it waits.</param>
    /// <param name="name">The name that is asked for.</param>
    /// <param name="fingerprint">The beginning of its fingerprint; null when the name is enough.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="CommandFailedException">There is none, or several.</exception>
    protected static async Task<RequestDocument> FindRequestAsync(
        AccountAdministration accounts, AccountName name, string? fingerprint, CancellationToken cancellationToken)
    {
        RequestDocument[] waiting =
            [.. (await accounts.ListRequestsAsync(cancellationToken)).Where(request => request.Name == name.Value && FingerprintPrefix.Fits(fingerprint, request.Fingerprint))];
        string with = fingerprint is null ? "" : $" with fingerprint {TextTable.Clean(fingerprint)}";
        return waiting.Length switch
        {
            1 => waiting[0],
            0 => throw new CommandFailedException(ExitCode.NotFound, $"nobody asks for the account {name}{with}; 'shacache account list' shows who does."),
            _ => throw new CommandFailedException(
                ExitCode.Usage,
                $"{waiting.Length} requests ask for the account {name}{with}, and one of them may be somebody else's. Say which with --fingerprint: " +
                $"{string.Join(", ", waiting.Select(request => $"'{request.Spoken}' from {TextTable.Clean(request.From)}"))}."),
        };
    }

    private async Task<int> ConnectAndRunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        Check(arguments);
        AccountServer? remote = _server.Find(arguments);
        string? misplaced = new Option[] { _certificate, _key, _server.Authority, _tokenFile }.FirstOrDefault(option => arguments.GetResult(option) is not null)?.Name;
        if (remote is null && misplaced is not null)
            throw new CommandFailedException(ExitCode.Usage, $"{misplaced} is for a server that --url names.");
        if (remote is not null && arguments.GetResult(_data) is { Implicit: false })
            throw new CommandFailedException(ExitCode.Usage, "give --data or --url, not both.");

        await using LocalServer? local = remote is null ? await LocalServer.OpenAsync(arguments.GetRequiredValue(_data), cancellationToken) : null;
        using var accounts = new AccountAdministration(local?.Address ?? WithCredentials(remote!, arguments));
        try
        {
            return await RunAsync(arguments, accounts, cancellationToken);
        }
        catch (NetworkCacheRefusedException e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            throw new CommandFailedException(ExitCode.NotFound, e.Message, e);
        }
    }

    private AccountServer WithCredentials(AccountServer server, ParseResult arguments)
    {
        (string? certificate, string? key, string? tokenFile) = (arguments.GetValue(_certificate), arguments.GetValue(_key), arguments.GetValue(_tokenFile));
        if (certificate is not null && tokenFile is not null)
            throw new CommandFailedException(ExitCode.Usage, "give --cert or --token-file, not both.");
        if (certificate is null && key is not null)
            throw new CommandFailedException(ExitCode.Usage, "--key needs --cert, the certificate of the key.");
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
            throw new CommandFailedException(ExitCode.Error, $"--token-file: {path} cannot be read: {e.Message}", e);
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
