using System.CommandLine;
using System.Text.Json.Nodes;
using Shacache.Cli.Commands.Bundles;
using Shacache.Cli.Commands.Mirrors;
using Shacache.Cli.Commands.Options;
using Shacache.Cli.Errors;
using Shacache.Cli.Locks;
using Shacache.Cli.Output;
using Shacache.Client.Accounts;

namespace Shacache.Cli.Commands.Remotes;

internal sealed class RemotePrefetchCommand : MirrorServerCommand
{
    private const int MaxJobs = 64;

    private readonly Argument<string> _file = new("FILE")
    {
        Description = "requirements.txt with fixed versions, package-lock.json, Cargo.lock, go.sum, packages.lock.json, URLs, one a line, or what apt-get --print-uris writes.",
    };

    private readonly TextOption _remote = new("--remote", "NAME", "The remote to fetch from. Default: the first of the type that the file is for.");

    private readonly Option<int> _jobs = new("--jobs", "-j")
    {
        Description = $"How many packages are fetched at the same time, 1 to {MaxJobs}.",
        HelpName = "N",
        DefaultValueFactory = _ => 4,
    };

    private readonly Option<bool> _quiet = ClientOptions.Quiet();

    public RemotePrefetchCommand()
        : base("prefetch", "Fill a server in advance with all that a lock file names.")
    {
        Add(_file);
        foreach (Option option in (Option[])[_remote, _jobs, _quiet])
            Add(option);
        AddServerOptions();
    }

    public override IReadOnlyList<string> Examples =>
    [
        "shacache remote prefetch package-lock.json --data /var/lib/shacache",
        "shacache remote prefetch requirements.txt --remote pypi --url https://cache.example.org --token-file token",
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "The server fetches, and verifies with what the index and the lock file say; afterwards an installation by that file needs no origin. No content comes to this command.",
        "What the server has is not fetched again: after an interruption, or what failed, run it again.",
        "A URL must be below the url of a remote, or at a host of gateway-origins.",
        "Exit code 1: something could not be fetched; a line names it, and all else is there.",
        .. base.Notes,
    ];

    protected override void Check(ParseResult arguments)
    {
        if (arguments.GetValue(_jobs) is < 1 or > MaxJobs)
            throw new CommandFailedException(ExitCode.Usage, $"--jobs must be 1 to {MaxJobs}, not {arguments.GetValue(_jobs)}.");
    }

    protected override async Task<int> RunAsync(ParseResult arguments, AccountServer server, CancellationToken cancellationToken)
    {
        LockContent content = await LockFile.ReadAsync(arguments.GetRequiredValue(_file), cancellationToken);
        var fetch = new LockFetch(server, arguments.GetValue(_remote), sign: false, arguments.GetValue(_jobs), new Terminal(arguments.GetValue(_quiet)));
        bool isDone = false;
        try
        {
            await fetch.RunAsync(content, cancellationToken);
            isDone = true;
        }
        finally
        {
            Report(fetch.Totals, isDone, arguments.GetValue(Json));
        }

        return fetch.Totals.Failed + content.Omitted.Count == 0 ? ExitCode.Done : ExitCode.Error;
    }

    private static void Report(LockTotals totals, bool isDone, bool json)
    {
        if (json)
        {
            Console.Out.WriteLine(JsonOutput.Text(new JsonObject
            {
                ["done"] = isDone,
                ["packages"] = totals.Done,
                ["failed"] = totals.Failed,
                ["fetched"] = totals.Fetched,
                ["here"] = totals.Here,
                ["bytes"] = totals.Bytes,
            }));
            return;
        }

        Console.Error.WriteLine(
            $"{(isDone ? "" : "Stopped: ")}{Counted.Of(totals.Done, "package")}: {Counted.Of(totals.Fetched, "file")} fetched ({BundleOptions.Size(totals.Bytes)}), " +
            $"{totals.Here} there already; {totals.Failed} failed.{(isDone ? "" : " Run it again to go on.")}");
    }
}
