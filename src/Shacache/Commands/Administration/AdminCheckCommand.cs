using System.CommandLine;
using System.Text.Json;
using Shacache.Cli.Errors;
using Shacache.Cli.Output;
using Shacache.Client.Accounts;
using Shacache.Client.Stores;
using Shacache.Core.Blobs.Repair;

namespace Shacache.Cli.Commands.Administration;

/// <summary><c>shacache admin check</c>: compares the database, the index and the files with each other.</summary>
internal sealed class AdminCheckCommand : StoreCommand
{
    public AdminCheckCommand()
        : base("check", "Compare the database, the index of objects and the files of a server with each other.") => AddServerOptions();

    public override IReadOnlyList<string> Examples => ["shacache admin check --data /var/lib/shacache", "shacache admin check --json"];

    public override IReadOnlyList<string> Notes =>
    [
        "Objects are not compared with their digests; 'shacache admin scrub --now' does that. Where the index differs from the files it is put right.",
        "Exit code 1: something is wrong and stays so.",
        .. base.Notes,
    ];

    protected override async Task<int> RunAsync(ParseResult arguments, AccountServer server, CancellationToken cancellationToken)
    {
        using var repair = new RepairAdministration(server);
        CheckReportDocument report = await RepairProgress.ShowAsync("checking", show => repair.CheckAsync(show, cancellationToken));
        if (arguments.GetValue(Json))
            Console.Out.WriteLine(JsonSerializer.Serialize(report, RepairDocuments.Default.CheckReportDocument));
        else
            Write(report);
        return report.IsRight ? ExitCode.Done : ExitCode.Error;
    }

    private static void Write(CheckReportDocument report)
    {
        var table = new ResultTable("what", "found");
        table.Add("database", report.Database.Count == 0 ? "right" : Counted.Of(report.Database.Count, "problem"));
        table.Add("index", $"{Counted.Of(report.Index.Objects, "object")} of {Counted.Of(report.Index.Bytes, "byte")}");
        table.Add("files", $"{Counted.Of(report.Files.Objects, "object")} of {Counted.Of(report.Files.Bytes, "byte")}");
        table.Add("index put right", Counted.Of(report.Repaired, "place"));
        table.Add("files lost", $"{report.Lost}");
        table.Add("damaged, not healed", $"{report.Damaged}");
        table.Add("entries", $"{report.Entries}");
        table.Add("without content", $"{report.EntriesWithoutContent}");
        table.Write();
        foreach (string problem in report.Problems)
            Console.Error.WriteLine($"shacache: {ErrorReport.OneLine(problem)}");
    }
}
