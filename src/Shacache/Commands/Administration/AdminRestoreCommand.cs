using System.CommandLine;
using System.Text.Json;
using Shacache.Cli.Commands.Accounts;
using Shacache.Cli.Errors;
using Shacache.Cli.Help;
using Shacache.Cli.Output;
using Shacache.Cli.Serving.Storage;
using Shacache.Core.Blobs.Repair;

namespace Shacache.Cli.Commands.Administration;

/// <summary><c>shacache admin restore</c>: makes a data folder from a backup.</summary>
internal sealed class AdminRestoreCommand : DocumentedCommand
{
    private readonly Argument<string> _folder = new("DIR") { Description = "The folder of the backup." };
    private readonly Option<string> _data = new("--data") { Description = "The new data folder: empty, or not there.", HelpName = "NEW", Required = true };
    private readonly Option<bool> _json = AccountCommand.Json();

    public AdminRestoreCommand()
        : base("restore", "Make a new data folder from a backup; every object is compared with its digest.")
    {
        AddAll(_folder, _data, _json);
        SetAction(RunAsync);
    }

    public override IReadOnlyList<string> Examples => ["shacache admin restore /backup/shacache --data /var/lib/shacache"];

    public override IReadOnlyList<string> Notes =>
    [
        "Run it as the server's user. The restore is the last line of the audit log.",
        "Exit code 1: it failed, or objects are damaged in the backup, and were left out; a server with upstreams brings them back.",
    ];

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var tally = new RepairTally();
        (string backup, string data) = (Path.GetFullPath(arguments.GetRequiredValue(_folder)), Path.GetFullPath(arguments.GetRequiredValue(_data)));
        RestoreReportDocument report = await RepairProgress.ShowAsync("restoring", tally, () => StoreRestore.RunAsync(backup, data, tally, cancellationToken));
        if (arguments.GetValue(_json))
            Console.Out.WriteLine(JsonSerializer.Serialize(report, RepairDocuments.Default.RestoreReportDocument));
        else
            Console.Out.WriteLine($"{report.Folder}: {Counted.Of(report.Objects, "object")} of {Amount.Of(report.Bytes)} restored.");
        foreach (string digest in report.DamagedObjects)
            Console.Error.WriteLine($"shacache: object {digest} is damaged in the backup, and was left out.");
        return report.DamagedObjects.Count == 0 ? ExitCode.Done : ExitCode.Error;
    }
}
