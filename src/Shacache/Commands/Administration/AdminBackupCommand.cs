using System.CommandLine;
using System.Text.Json;
using Shacache.Cli.Errors;
using Shacache.Cli.Output;
using Shacache.Client.Accounts;
using Shacache.Client.Stores;
using Shacache.Core.Blobs.Repair;

namespace Shacache.Cli.Commands.Administration;

/// <summary><c>shacache admin backup</c>: copies everything that a server stores.</summary>
internal sealed class AdminBackupCommand : StoreCommand
{
    private readonly Argument<string> _folder = new("DIR") { Description = "The folder of the backup: new, empty, or an earlier backup, which is brought up to date." };
    private readonly Option<bool> _link = new("--link") { Description = "Link content instead of copying it, where DIR is on the same file system. Links share each damage with the original." };

    public AdminBackupCommand()
        : base("backup", "Back up a server, also while it runs: database, content, and the keys in ca/ and tls/.")
    {
        AddAll(_folder, _link);
        AddServerOptions();
    }

    public override IReadOnlyList<string> Examples => ["shacache admin backup /backup/shacache --data /var/lib/shacache"];

    public override IReadOnlyList<string> Notes =>
    [
        "What DIR has already is not copied again. An interrupted backup leaves the one before as it was; run it again.",
        "DIR holds the private key of the authority, if there is one: only its owner can read it. It is on the server's machine, and the server's user writes it; so not with --url.",
        "Exit code 1: it failed, or objects were found damaged and are not in it.",
        .. base.Notes,
    ];

    protected override async Task<int> RunAsync(ParseResult arguments, AccountServer server, CancellationToken cancellationToken)
    {
        using var repair = new RepairAdministration(server);
        string folder = Path.GetFullPath(arguments.GetRequiredValue(_folder));
        bool isLinked = arguments.GetValue(_link);
        BackupReportDocument report = await RepairProgress.ShowAsync("backing up", show => repair.BackupAsync(folder, isLinked, show, cancellationToken));
        if (arguments.GetValue(Json))
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(report, RepairDocuments.Default.BackupReportDocument));
        }
        else
        {
            Console.Out.WriteLine(
                $"{report.Folder}: {Counted.Of(report.Objects, "object")} of {Amount.Of(report.Bytes)}, {report.Copied} of them new ({Amount.Of(report.CopiedBytes)}); " +
                $"{report.Removed} removed; database {Amount.Of(report.DatabaseBytes)}.");
        }

        if (report.Damaged == 0)
            return ExitCode.Done;
        Console.Error.WriteLine($"shacache: {Counted.Of(report.Damaged, "object")} damaged on the server, and not in the backup: 'shacache admin scrub' shows them.");
        return ExitCode.Error;
    }
}
