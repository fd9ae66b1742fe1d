using System.CommandLine;
using System.Text.Json;
using Shacache.Cli.Errors;
using Shacache.Cli.Output;
using Shacache.Client.Accounts;
using Shacache.Client.Stores;
using Shacache.Core.Retention;

namespace Shacache.Cli.Commands.Administration;

internal sealed class AdminGcCommand : StoreCommand
{
    private readonly Option<bool> _dryRun = new("--dry-run") { Description = "Remove nothing; show what would go." };

    public AdminGcCommand()
        : base("gc", "Clean up: remove what is of no use any more.")
    {
        Add(_dryRun);
        AddServerOptions();
    }

    public override IReadOnlyList<string> Examples => ["shacache admin gc --dry-run", "shacache admin gc --data /var/lib/shacache --json"];

    public override IReadOnlyList<string> Notes =>
    [
        "Removed are expired entries, entries whose content was taken away longer than dangling-entry-keep ago, content that no entry names and that was not read for unlisted-content-keep, " +
        "lines of the audit log older than audit-keep, ended pins, and files that broken transfers left. A running server does it by itself once a day.",
        .. base.Notes,
    ];

    protected override async Task<int> RunAsync(ParseResult arguments, AccountServer server, CancellationToken cancellationToken)
    {
        using var content = new ContentAdministration(server);
        CleanUpDocument done = await content.CleanUpAsync(new CleanUpOrderDocument(arguments.GetValue(_dryRun)), cancellationToken);
        if (arguments.GetValue(Json))
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(done, RetentionDocuments.Default.CleanUpDocument));
            return ExitCode.Done;
        }

        var table = new ResultTable("kind", done.DryRun ? "would go" : "removed", "size");
        foreach (CleanedUpDocument one in done.Removed)
            table.Add(one.Kind, $"{one.Count}", one.Bytes > 0 ? Amount.Of(one.Bytes) : "");
        table.Write();
        return ExitCode.Done;
    }
}
