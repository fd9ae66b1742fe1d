using System.CommandLine;
using System.Text.Json;
using Shacache.Cli.Errors;
using Shacache.Cli.Output;
using Shacache.Client.Accounts;
using Shacache.Client.Mirrors;
using Shacache.Core.Upstreams;

namespace Shacache.Cli.Commands.Mirrors;

internal sealed class MirrorRefreshCommand : MirrorServerCommand
{
    public MirrorRefreshCommand()
        : base("refresh", "Let a server ask its upstreams again for every key that they listed once.") => AddServerOptions();

    public override IReadOnlyList<string> Examples => ["shacache mirror refresh --data /var/lib/shacache", "shacache mirror refresh --url http://localhost:8080 --json"];

    public override IReadOnlyList<string> Notes =>
    [
        "Keys that all upstreams dropped are dropped, others get the entries that are listed there now. Entries that were put to this server itself stay; " +
        "where upstreams cannot be asked everything stays, and the server's log says so. Without upstreams, entries that came from some once are dropped when their content is not here.",
        .. base.Notes,
    ];

    protected override async Task<int> RunAsync(ParseResult arguments, AccountServer server, CancellationToken cancellationToken)
    {
        using var mirror = new MirrorAdministration(server);
        RefreshDocument done = await mirror.RefreshAsync(cancellationToken);
        if (arguments.GetValue(Json))
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(done, MirrorDocuments.Default.RefreshDocument));
            return ExitCode.Done;
        }

        foreach (string key in done.Removed)
            Console.Out.WriteLine($"removed {TextTable.Clean(key)}");
        foreach (string key in done.Updated)
            Console.Out.WriteLine($"updated {TextTable.Clean(key)}");
        Console.Error.WriteLine($"{Counted.Of(done.Removed.Count, "key")} removed, {done.Updated.Count} updated.");
        return ExitCode.Done;
    }
}
