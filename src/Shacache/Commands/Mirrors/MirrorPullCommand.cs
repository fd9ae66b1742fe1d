using System.CommandLine;
using Shacache.Cli.Commands.Options;
using Shacache.Cli.Errors;
using Shacache.Cli.Output;
using Shacache.Client.Accounts;
using Shacache.Client.Mirrors;
using Shacache.Client.Transfers;
using Shacache.Core.Entries;

namespace Shacache.Cli.Commands.Mirrors;

internal sealed class MirrorPullCommand : MirrorServerCommand
{
    private const int MaxJobs = 64;
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromMilliseconds(250);

    private readonly TextOption _keys = new("--keys", "FILE", "The keys in this file, one a line, as they are; '-' is the standard input. For upstreams that do not list theirs.");

    private readonly Option<string[]> _prefixes = new("--prefix")
    {
        Description = "Every key of the upstreams that begins so; '' is all of them. May be given several times.",
        HelpName = "PREFIX",
    };

    private readonly TextOption _since = new("--since", "TIME", "Only keys under which upstreams added something from then on: a time such as 2026-11-22 or 2026-11-22T21:00Z, or how long ago, such as 2h or 7d.");

    private readonly TextOption _upstream = new("--upstream", "NAME", "Whose keys, by the name of an upstream in the server's configuration. Default: those of all that are no peers.");

    private readonly Option<int> _jobs = new("--jobs", "-j")
    {
        Description = $"How many keys, and how many objects, are pulled at the same time, 1 to {MaxJobs}.",
        HelpName = "N",
        DefaultValueFactory = _ => 4,
    };

    private readonly Option<bool> _quiet = ClientOptions.Quiet();

    public MirrorPullCommand()
        : base("pull", "Fill a server in advance from its upstreams: entries, and the content that they point to.")
    {
        foreach (Option option in (Option[])[_keys, _prefixes, _since, _upstream, _jobs, _quiet])
            Add(option);
        AddServerOptions();
    }

    public override IReadOnlyList<string> Examples =>
    [
        "shacache mirror pull --data /var/lib/shacache --prefix pypi: --prefix file-urlmd5:",
        "shacache mirror pull --url https://cache.example.org --token-file token --since 7d",
        "shacache mirror pull --keys keys.txt --jobs 16",
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "The server asks its upstreams, with the credentials that it has there, and verifies what comes; afterwards it answers for these keys with all upstreams down. No content comes to this command.",
        "What the server has is not transferred again: after an interruption, or what failed, run it again.",
        "Upstreams list their keys when they are shacache servers whose setting key-listing lets this server; for others there is --keys.",
        "Exit code 1: something could not be pulled; a line names it, and all else is there.",
        .. base.Notes,
    ];

    protected override void Check(ParseResult arguments)
    {
        if (arguments.GetValue(_jobs) is < 1 or > MaxJobs)
            throw new CommandFailedException(ExitCode.Usage, $"--jobs must be 1 to {MaxJobs}, not {arguments.GetValue(_jobs)}.");
        bool isListed = arguments.GetValue(_prefixes) is { Length: > 0 } || arguments.GetValue(_since) is not null;
        if (arguments.GetValue(_keys) is null)
        {
            if (!isListed)
                throw new CommandFailedException(ExitCode.Usage, "say what to pull: --keys FILE, --prefix PREFIX (--prefix '' is everything) or --since TIME.");
        }
        else if (isListed || arguments.GetValue(_upstream) is not null)
        {
            throw new CommandFailedException(ExitCode.Usage, "--keys says which keys: give none of --prefix, --since and --upstream with it.");
        }

        if (arguments.GetValue(_since) is { } since)
            PastTime.Read(_since.Name, since);
    }

    protected override async Task<int> RunAsync(ParseResult arguments, AccountServer server, CancellationToken cancellationToken)
    {
        var terminal = new Terminal(arguments.GetValue(_quiet));
        var failures = new PullFailures(terminal);
        using var pull = new MirrorPull(server, arguments.GetValue(_jobs), failures.Add);
        using var listing = new KeyListing(server);
        if (arguments.GetValue(_keys) is { } file)
            await KeyFile.CheckAsync(file, cancellationToken);
        bool isDone = false;
        try
        {
            await terminal.ShowAllAsync(async progressOf =>
            {
                using ProgressLine? line = progressOf("pulling");
                Task running = pull.RunAsync(FindKeys(arguments, pull, listing, cancellationToken), cancellationToken);
                while (line is not null && await Task.WhenAny(running, Task.Delay(ProgressInterval, CancellationToken.None)) != running)
                    Show(line, pull.Totals);
                await running;
                return true;
            });
            isDone = true;
        }
        finally
        {
            failures.Report(pull.Totals, isDone, arguments.GetValue(Json));
        }

        return pull.Totals.Failed == 0 ? ExitCode.Done : ExitCode.Error;
    }

    private IAsyncEnumerable<EntryKey> FindKeys(ParseResult arguments, MirrorPull pull, KeyListing listing, CancellationToken cancellationToken)
    {
        if (arguments.GetValue(_keys) is { } file)
            return KeyFile.ReadAsync(file, cancellationToken);
        DateTimeOffset? since = arguments.GetValue(_since) is { } text ? PastTime.Read(_since.Name, text) : null;
        string? upstream = arguments.GetValue(_upstream);
        string[] prefixes = arguments.GetValue(_prefixes) is { Length: > 0 } given ? [.. given.Distinct()] : [""];

        // What begins with one of them and with another as well is asked for once.
        return prefixes.Where(prefix => !prefixes.Any(other => other != prefix && prefix.StartsWith(other, StringComparison.Ordinal)))
            .ToAsyncEnumerable()
            .SelectMany(prefix => listing.ListUpstreamAsync(
                upstream, prefix, since, problem => pull.NoteFailure(new PullFailure($"keys that begin with '{prefix}'", null, problem)), cancellationToken));
    }

    private static void Show(ProgressLine line, PullTotals totals)
    {
        line.Report(new TransferProgress(TransferStage.Downloading, totals.Bytes, null));
        line.Describe($"{Counted.Of(totals.Keys, "key")}, {Counted.Of(totals.Objects + totals.Here, "object")}, {totals.Failed} failed");
    }
}
