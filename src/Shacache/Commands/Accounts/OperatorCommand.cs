using System.CommandLine;
using System.Net;
using Shacache.Cli.Commands.Options;
using Shacache.Cli.Errors;
using Shacache.Cli.Help;
using Shacache.Cli.Output;
using Shacache.Cli.Serving;
using Shacache.Client.Accounts;
using Shacache.Client.Errors;
using Shacache.Core.Accounts;
using Shacache.Core.Accounts.Documents;

namespace Shacache.Cli.Commands.Accounts;

/// <summary>A command for those who grant accounts: on the server's machine, or remotely.</summary>
internal abstract class OperatorCommand : DocumentedCommand
{
    private readonly AdministratorOptions _options = new(needsServer: false);

    protected OperatorCommand(string name, string description)
        : base(name, description)
    {
    }

    protected Option<bool> Json { get; } = AccountCommand.Json();

    /// <summary>Whether there is nothing to be done in a data folder without accounts.</summary>
    protected virtual bool NeedsAccounts => true;

    public override IReadOnlyList<string> Notes =>
    [
        "On the server's machine, as its user: --data is enough. From afar: --url, and --cert with --key or a token of an account that may administer.",
        StoreOptions.Note,
        "Exit code 3: there is no such thing.",
    ];

    /// <summary>Adds the options that all of these commands have, after its own.</summary>
    protected void AddServerOptions()
    {
        Add(Json);
        _options.AddTo(this);
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
            0 => throw new CommandFailedException(ExitCode.NotFound, $"no request asks for the account {name}{with}; 'shacache account list' shows all requests."),
            _ => throw new CommandFailedException(
                ExitCode.Usage,
                $"{waiting.Length} requests ask for the account {name}{with}, and one of them may be from another sender. Say which with --fingerprint: " +
                $"{string.Join(", ", waiting.Select(request => $"'{request.Spoken}' from {TextTable.Clean(request.From)}"))}."),
        };
    }

    private async Task<int> ConnectAndRunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        Check(arguments);
        AccountServer? remote = _options.FindRemote(arguments);
        await using LocalServer? local = remote is null ? await LocalServer.OpenAsync(_options.ReadStores(arguments), NeedsAccounts, cancellationToken) : null;
        using var accounts = new AccountAdministration(remote ?? local!.Address);
        try
        {
            return await RunAsync(arguments, accounts, cancellationToken);
        }
        catch (NetworkCacheRefusedException e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            throw new CommandFailedException(ExitCode.NotFound, e.Message, e);
        }
    }
}

/// <summary>Beginnings of fingerprints as people type them.</summary>
internal static class FingerprintPrefix
{
    /// <summary>Fewer digits are met by chance.</summary>
    public const int MinDigits = 8;

    /// <summary>Whether a fingerprint begins so; in groups, with colons or not, in either case. Null fits every one.</summary>
    public static bool Fits(string? typed, string fingerprint) => typed is null || fingerprint.StartsWith(Digits(typed), StringComparison.Ordinal);

    /// <exception cref="CommandFailedException">That is no beginning of a fingerprint.</exception>
    public static void Check(string? typed, string option)
    {
        if (typed is null)
            return;
        string digits = Digits(typed);
        if (digits.Length is < MinDigits or > 64 || !digits.All(char.IsAsciiHexDigitLower))
            throw new CommandFailedException(ExitCode.Usage, $"{option}: a fingerprint is given by its first {MinDigits} to 64 hexadecimal digits, in groups or not.");
    }

    private static string Digits(string typed) => string.Concat(typed.Where(c => c is not (' ' or ':' or '-'))).ToLowerInvariant();
}
