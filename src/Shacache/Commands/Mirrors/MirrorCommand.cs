using System.CommandLine;
using Shacache.Cli.Commands.Accounts;
using Shacache.Cli.Commands.Options;
using Shacache.Cli.Help;
using Shacache.Client.Accounts;

namespace Shacache.Cli.Commands.Mirrors;

/// <summary><c>shacache mirror</c>: a cache and the upstreams from which it fills itself.</summary>
internal static class MirrorCommand
{
    public static Command Create() => new("mirror", "Manage what a server has from its upstreams, and what it sends to them.")
    {
        new MirrorPullCommand(),
        new MirrorRefreshCommand(),
        new MirrorQueueCommand(),
    };
}

/// <summary>A command that asks a running server: on its own machine, or from afar.</summary>
internal abstract class MirrorServerCommand : DocumentedCommand
{
    private readonly AdministratorOptions _options = new(needsServer: true);

    protected MirrorServerCommand(string name, string description)
        : base(name, description)
    {
    }

    protected Option<bool> Json { get; } = AccountCommand.Json();

    public override IReadOnlyList<string> Notes =>
    [
        "On the server's machine, as its user: --data is enough. A server without accounts accepts --url from its own machine, too; one with accounts wants an account that may administer.",
    ];

    /// <summary>Adds the options that all of these commands have, after its own.</summary>
    protected void AddServerOptions()
    {
        Add(Json);
        _options.AddTo(this);
        SetAction(async (arguments, cancellationToken) =>
        {
            Check(arguments);
            AccountServer server = _options.FindRemote(arguments) ?? RunningServer.Find(_options.FindDataFolder(arguments));
            return await RunAsync(arguments, server, cancellationToken);
        });
    }

    /// <summary>Finds what makes no sense on the command line, before a server is looked for.</summary>
    /// <exception cref="Errors.CommandFailedException">Something does not.</exception>
    protected virtual void Check(ParseResult arguments)
    {
    }

    protected abstract Task<int> RunAsync(ParseResult arguments, AccountServer server, CancellationToken cancellationToken);
}
