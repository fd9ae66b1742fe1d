using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shacache.Cli.Commands.Mirrors;
using Shacache.Cli.Errors;
using Shacache.Cli.Output;
using Shacache.Client.Accounts;
using Shacache.Client.Remotes;
using Shacache.Core.Upstreams;

namespace Shacache.Cli.Commands.Remotes;

internal sealed class RemoteCheckCommand : MirrorServerCommand
{
    public RemoteCheckCommand()
        : base("check", "Ask each origin of each package index whether it is there.") => AddServerOptions();

    public override IReadOnlyList<string> Examples => ["shacache remote check --data /var/lib/shacache"];

    public override IReadOnlyList<string> Notes =>
    [
        "The server asks, with the credentials that it has there. Remotes that are offline are not asked.",
        "Exit code 1: an origin does not answer, or not as an index of its type; what is kept is served all the same. Exit code 3: the server has no remotes.",
        .. base.Notes,
    ];

    protected override async Task<int> RunAsync(ParseResult arguments, AccountServer server, CancellationToken cancellationToken)
    {
        using var remotes = new RemoteAdministration(server);
        RemoteCheckDocument checks = await RemoteAnswers.ReadAsync(remotes.CheckAsync(cancellationToken));
        if (arguments.GetValue(Json))
        {
            Console.Out.WriteLine(JsonOutput.Text(JsonSerializer.SerializeToNode(checks, RemoteDocuments.Default.RemoteCheckDocument) ?? new JsonObject()));
        }
        else
        {
            var table = new ResultTable("remote", "url", "ms", "state") { IsOneLine = true };
            foreach (RemoteProbeDocument check in checks.Checks)
                table.Add(check.Remote, check.Url, check.Milliseconds.ToString("0", CultureInfo.InvariantCulture), check.Problem ?? "ok");
            table.Write();
        }

        return checks.Checks.All(check => check.Problem is null) ? ExitCode.Done : ExitCode.Error;
    }
}
