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
    private readonly AdministratorOptions _options = new("On the server's machine: its data folder. Works while the server runs, and while it does not.", "--cert-key");

    private TextOption? _configuration;

    protected StoreCommand(string name, string description)
        : base(name, description)
    {
    }

    protected Option<bool> Json { get; } = AccountCommand.Json();

    public override IReadOnlyList<string> Notes =>
    [
        "On the server's machine, as its user: --data is enough. From afar: --url, and --cert or a token of an account that may administer; a server without accounts accepts --url from its own machine.",
    ];

    /// <summary>Adds an option for the server's configuration file: what the command does depends on it where no server runs.</summary>
    protected void AddConfigurationOption()
    {
        _configuration = new TextOption("--config", "FILE", "The configuration file of the server, for when it does not run. Default: none; a running server has its own.");
        Add(_configuration);
    }

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
        await using LocalServer? local = remote is null
            ? await LocalServer.OpenAsync(_options.FindDataFolder(arguments), needsAccounts: false, _configuration is null ? null : arguments.GetValue(_configuration), cancellationToken)
            : null;
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
