using System.CommandLine;
using System.Net;
using Shacache.Cli.Commands.Accounts;
using Shacache.Cli.Commands.Options;
using Shacache.Cli.Errors;
using Shacache.Cli.Help;
using Shacache.Cli.Serving;
using Shacache.Client.Accounts;
using Shacache.Client.Errors;

namespace Shacache.Cli.Commands.Administration;

/// <summary>A command about the stores of a server: on its machine, whether it runs or not, or remotely.</summary>
internal abstract class StoreCommand : DocumentedCommand
{
    private readonly AdministratorOptions _options;

    /// <param name="name">The command.</param>
    /// <param name="description">What it does.</param>
    /// <param name="keyOption">The name of the option for the private key of an account.</param>
    protected StoreCommand(string name, string description, string keyOption = "--cert-key")
        : base(name, description) => _options = new AdministratorOptions(needsServer: false, keyOption);

    protected Option<bool> Json { get; } = AccountCommand.Json();

    public override IReadOnlyList<string> Notes =>
    [
        "On the server's machine, as its user: --data is enough. From afar: --url, and --cert or a token of an account that may administer; a server without accounts accepts --url from its own machine.",
        StoreOptions.Note,
    ];

    /// <summary>Adds the options that all of these commands have, after its own.</summary>
    protected void AddServerOptions()
    {
        Add(Json);
        _options.AddTo(this);
        SetAction(ConnectAndRunAsync);
    }

    /// <summary>Refuses what makes no sense, before anything is opened.</summary>
    /// <exception cref="CommandFailedException">Something does not.</exception>
    protected virtual void Check(ParseResult arguments)
    {
    }

    protected abstract Task<int> RunAsync(ParseResult arguments, AccountServer server, CancellationToken cancellationToken);

    private async Task<int> ConnectAndRunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        Check(arguments);
        AccountServer? remote = _options.FindRemote(arguments);
        await using LocalServer? local = remote is null ? await LocalServer.OpenAsync(_options.ReadStores(arguments), needsAccounts: false, cancellationToken) : null;
        try
        {
            return await RunAsync(arguments, remote ?? local!.Address, cancellationToken);
        }
        catch (NetworkCacheRefusedException e) when (e.StatusCode == HttpStatusCode.NotFound)
        {
            throw new CommandFailedException(ExitCode.NotFound, e.Message, e);
        }
    }
}
