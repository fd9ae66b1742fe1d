using System.CommandLine;
using System.Text.Json;
using Shacache.Cli.Commands.Accounts;
using Shacache.Cli.Commands.Options;
using Shacache.Cli.Configuration.Features;
using Shacache.Cli.Errors;
using Shacache.Cli.Help;
using Shacache.Cli.Moving;
using Shacache.Cli.Output;
using Shacache.Cli.Serving.Storage;

namespace Shacache.Cli.Commands.Administration;

/// <summary><c>shacache admin migrate</c>: copies the stores of a server into an object store and PostgreSQL, or back.</summary>
internal sealed class AdminMigrateCommand : DocumentedCommand
{
    private const int MaxParallelism = 64;

    /// <summary>So many damaged objects are named; the rest is counted, and in the JSON.</summary>
    private const int ShownObjects = 100;

    private readonly TextOption _from = new("--from", "DATA", "The data folder whose stores are copied. Its server may run.");
    private readonly TextOption _to = new("--to", "DATA", "The other way: the data folder that content and database are copied into. Nothing may use it.");
    private readonly StoreOptions _stores = new("The configuration file of the nodes, which names content and database.");
    private readonly Option<int> _parallel = new("--parallel")
    {
        Description = $"How many objects are copied at once, 1 to {MaxParallelism}.",
        HelpName = "NUMBER",
        DefaultValueFactory = _ => 16,
    };

    private readonly Option<bool> _json = AccountCommand.Json();

    public AdminMigrateCommand()
        : base("migrate", "Copy the stores of a server into an object store, PostgreSQL or both, while it runs; or back.")
    {
        AddAll(_from, _to, _stores.Configuration);
        _stores.AddSettings(this, areHidden: false);
        AddAll(_parallel, _json);
        SetAction(RunAsync);
    }

    public override IReadOnlyList<string> Examples =>
    [
        "shacache admin migrate --from /var/lib/shacache --config nodes.conf",
        "shacache admin migrate --from /var/lib/shacache --content s3://shacache --s3-endpoint http://rgw.example:7480",
        "shacache admin migrate --to /var/lib/new --config nodes.conf",
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "Copied are objects, entries, accounts, tokens, the audit log, pins, blocks, savings, and what waits for upstreams. Left out are keys and certificates of the server, listings of upstreams, and settings.",
        "Everything is looked at until nothing is left, five times at most. Interrupted or not, run it again: it goes on where it was, and removes what is gone at the source.",
        "An engine that goes away in the middle is waited for, five minutes at most, and the copy goes on.",
        "PostgreSQL must be empty, or hold an earlier copy of the same folder that no node has used yet. Every object is compared with its digest.",
        "Exit code 1: it failed, the source went on changing, or objects are damaged in it; it says what is left.",
    ];

    private async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        (string? from, string? to) = (arguments.GetValue(_from), arguments.GetValue(_to));
        if (from is null == to is null)
            throw new CommandFailedException(ExitCode.Usage, "say from where or to where: --from DATA or --to DATA, one of them.");
        int parallelism = arguments.GetValue(_parallel);
        if (parallelism is < 1 or > MaxParallelism)
            throw new CommandFailedException(ExitCode.Usage, $"--parallel: {parallelism} is not 1 to {MaxParallelism}.");
        ServerSettings settings = _stores.Read(arguments, data: null);
        if (settings is { ContentStore.Options: null, Database.Options: null })
            throw new CommandFailedException(ExitCode.Usage, "say where the other stores are: --content s3://…, --database postgresql://…, or --config with them.");
        string folder = Path.GetFullPath((from ?? to)!);
        if (from is not null && !Directory.Exists(folder))
            throw new CommandFailedException(ExitCode.Error, $"there is no data folder {folder}; name it with --from.");
        using DataFolderLock? held = from is null ? DataFolderLock.Acquire(folder) : null;
        MoveReportDocument report = await CopyAsync(arguments, folder, settings, parallelism, cancellationToken);
        if (arguments.GetValue(_json))
            Console.Out.WriteLine(JsonSerializer.Serialize(report, MoveDocuments.Default.MoveReportDocument));
        return Conclude(report, arguments.GetValue(_json));
    }

    private async Task<MoveReportDocument> CopyAsync(ParseResult arguments, string folder, ServerSettings settings, int parallelism, CancellationToken cancellationToken)
    {
        bool isAway = arguments.GetValue(_from) is not null;
        var tally = new MoveTally();
        var terminal = new Terminal(quiet: false);
        var move = new StoreMove(OpenAsync, parallelism, tally, TimeProvider.System)
        {
            OnTrouble = terminal.Say,
            OnPass = pass =>
            {
                if (!arguments.GetValue(_json))
                    terminal.Say(MoveProgress.Describe(pass));
            },
        };
        return await MoveProgress.ShowAsync(terminal, tally, () => move.RunAsync(cancellationToken));

        Task<MoveEnds> OpenAsync(bool isAgain, CancellationToken stop) => isAway
            ? MoveAway.OpenAsync(folder, settings.ContentStore.Options, settings.Database.Options, isAgain, TimeProvider.System, stop)
            : MoveBack.OpenAsync(folder, settings.ContentStore.Options, settings.Database.Options, TimeProvider.System, stop);
    }

    private static int Conclude(MoveReportDocument report, bool isJson)
    {
        MovePassDocument last = report.Passes[^1];
        if (!isJson)
        {
            Console.Out.WriteLine(
                $"{report.Source} to {report.Target}: {Counted.Of(report.Passes.Sum(pass => pass.Objects), "object")} of {Amount.Of(report.Passes.Sum(pass => pass.Bytes))} and " +
                $"{Counted.Of(report.Passes.Sum(pass => pass.Rows.Values.Sum()), "row")} copied in {Counted.Of(report.Passes.Count, "pass", "passes")}" +
                (report.IsComplete ? "; nothing is left." : "."));
        }

        foreach ((string digest, string reason) in report.DamagedObjects.Take(ShownObjects))
            Console.Error.WriteLine($"shacache: object {digest} is damaged in the source, and was not copied: {reason}.");
        if (report.DamagedObjects.Count > ShownObjects)
            Console.Error.WriteLine($"shacache: {report.DamagedObjects.Count - ShownObjects} more objects are damaged, and were not copied; --json names them.");
        if (!last.IsQuiet)
            Console.Error.WriteLine($"shacache: the source went on changing; of the last pass: {MoveProgress.ListChanges(last)}. Stop what writes to it, and run this again.");
        return report.IsComplete ? ExitCode.Done : ExitCode.Error;
    }
}
