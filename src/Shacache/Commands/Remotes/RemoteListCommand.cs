using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shacache.Cli.Commands.Mirrors;
using Shacache.Cli.Errors;
using Shacache.Cli.Output;
using Shacache.Client.Accounts;
using Shacache.Client.Remotes;
using Shacache.Core.Upstreams;

namespace Shacache.Cli.Commands.Remotes;

internal sealed class RemoteListCommand : MirrorServerCommand
{
    public RemoteListCommand()
        : base("list", "List the package indexes that a server serves.") => AddServerOptions();

    public override IReadOnlyList<string> Examples => ["shacache remote list --data /var/lib/shacache"];

    public override IReadOnlyList<string> Notes => ["Exit code 3: the server has none.", .. base.Notes];

    protected override async Task<int> RunAsync(ParseResult arguments, AccountServer server, CancellationToken cancellationToken)
    {
        using var remotes = new RemoteAdministration(server);
        RemoteListDocument list = await RemoteAnswers.ReadAsync(remotes.ListAsync(cancellationToken));
        if (arguments.GetValue(Json))
        {
            Console.Out.WriteLine(JsonOutput.Text(JsonSerializer.SerializeToNode(list, RemoteDocuments.Default.RemoteListDocument) ?? new JsonObject()));
            return ExitCode.Done;
        }

        var table = new ResultTable("name", "type", "path", "url", "offline") { IsOneLine = true };
        foreach (RemoteDocument remote in list.Remotes)
            table.Add(remote.Name, remote.Type, remote.Path, string.Join(' ', remote.Urls), remote.Offline ? "offline" : null);
        table.Write();
        return ExitCode.Done;
    }
}
