using System.CommandLine;
using Shacache.Cli.Commands.Options;
using Shacache.Cli.Errors;
using Shacache.Cli.Output;
using Shacache.Client.Accounts;
using Shacache.Core.Accounts;
using Shacache.Core.Accounts.Documents;

namespace Shacache.Cli.Commands.Accounts;

internal sealed class AccountLogCommand : OperatorCommand
{
    private const int DefaultLimit = 50;
    private static readonly TimeSpan FollowPause = TimeSpan.FromSeconds(1);

    private readonly TextOption _account = new("--account", "NAME", "Only what this account did; (operator) stands for commands on the server's machine, (anonymous) for clients without an account.");

    private readonly TextOption _subject = new("--subject", "TEXT", "Only what was done to this: the name of an account, a digest, a key.");

    private readonly Option<string?> _action = new("--action")
    {
        Description = $"Only this: {string.Join(", ", AuditWords.All)}.",
        HelpName = "WORD",
    };

    private readonly TextOption _since = new("--since", "TIME", "Only from then on: a time such as 2026-11-22 or 2026-11-22T21:00Z, or how long ago, such as 2h or 7d.");

    private readonly Option<int> _limit = new("--limit", "-n")
    {
        Description = "How many lines at most; 0 for all.",
        HelpName = "N",
        DefaultValueFactory = _ => DefaultLimit,
    };

    private readonly Option<bool> _follow = new("--follow", "-f") { Description = "Show the last lines, the newest at the end, and go on with what is added, until Ctrl-C." };

    public AccountLogCommand()
        : base("log", "Show the audit log: who uploaded, listed, approved, revoked what, when and from where; newest first.")
    {
        _action.CompletionSources.Add([.. AuditWords.All]);
        AddAll(_account, _subject, _action, _since, _limit, _follow);
        AddServerOptions();
    }

    /// <summary>What operators do to the stores is recorded without accounts, too.</summary>
    protected override bool NeedsAccounts => false;

    public override IReadOnlyList<string> Examples =>
    [
        "shacache account log",
        "shacache account log --account build-1 --since 7d --limit 0",
        "shacache account log --action upload --follow",
        "shacache account log --limit 0 --json | jq -r '.[] | select(.action == \"revoke\") | .subject'",
    ];

    public override IReadOnlyList<string> Notes =>
        ["Nothing in the log can be changed or removed. Times are UTC. --json prints an array; with --follow one object on each line.", .. base.Notes];

    protected override void Check(ParseResult arguments) => ReadQuery(arguments);

    protected override async Task<int> RunAsync(ParseResult arguments, AccountAdministration accounts, CancellationToken cancellationToken)
    {
        AuditQuery query = ReadQuery(arguments);
        int limit = arguments.GetValue(_limit);
        bool json = arguments.GetValue(Json);
        IAsyncEnumerable<AuditLineDocument> lines = accounts.ReadLogAsync(query, cancellationToken);
        if (limit > 0)
            lines = lines.Take(limit);
        if (arguments.GetValue(_follow))
        {
            await FollowAsync(accounts, query, await lines.ToListAsync(cancellationToken), json, cancellationToken);
            return ExitCode.Done;
        }

        if (json)
            await WriteArrayAsync(lines, cancellationToken);
        else
            await WriteTableAsync(lines, cancellationToken);
        return ExitCode.Done;
    }

    private static async Task WriteTableAsync(IAsyncEnumerable<AuditLineDocument> lines, CancellationToken cancellationToken)
    {
        var table = new ResultTable("time", "who", "did", "to", "from", "detail") { IsOneLine = true };
        await foreach (AuditLineDocument line in lines.WithCancellation(cancellationToken))
            table.Add(AccountCommand.Time(line.At), line.Actor, line.Action, line.Subject, line.From, line.Detail);
        table.Write();
    }

    /// <summary>Line by line: a log can be longer than memory.</summary>
    private static async Task WriteArrayAsync(IAsyncEnumerable<AuditLineDocument> lines, CancellationToken cancellationToken)
    {
        string separator = "[";
        await foreach (AuditLineDocument line in lines.WithCancellation(cancellationToken))
        {
            Console.Out.Write($"{separator}\n  {AccountJson.Of(line).ToJsonString()}");
            separator = ",";
        }

        Console.Out.WriteLine(separator == "[" ? "[]" : "\n]");
    }

    private static async Task FollowAsync(
        AccountAdministration accounts, AuditQuery query, List<AuditLineDocument> shown, bool json, CancellationToken cancellationToken)
    {
        long last = 0;
        foreach (AuditLineDocument line in Enumerable.Reverse(shown))
            last = Write(line, json);
        while (true)
        {
            // A filter hides lines whose positions are beyond those that were shown: asking for them again finds nothing new.
            await foreach (AuditLineDocument line in accounts.ReadLogAsync(query with { NewestFirst = false, Beyond = last }, cancellationToken))
                last = Write(line, json);
            await Task.Delay(FollowPause, cancellationToken);
        }
    }

    private static long Write(AuditLineDocument line, bool json)
    {
        string text = json
            ? AccountJson.Of(line).ToJsonString()
            : string.Join("  ", new[] { AccountCommand.Time(line.At), line.Actor, line.Action, line.Subject, line.From, line.Detail }.Select(TextTable.Clean));
        Console.Out.WriteLine(text);
        return line.Position;
    }

    private AuditQuery ReadQuery(ParseResult arguments)
    {
        AuditAction? action = null;
        if (arguments.GetValue(_action) is { } word)
        {
            if (!AuditWords.TryParse(word, out AuditAction parsed, out string? problem))
                throw new CommandFailedException(ExitCode.Usage, $"--action: {problem}");
            action = parsed;
        }

        if (arguments.GetValue(_limit) < 0)
            throw new CommandFailedException(ExitCode.Usage, "--limit: a number of lines is not negative.");
        return new AuditQuery
        {
            Actor = arguments.GetValue(_account),
            Subject = arguments.GetValue(_subject),
            Action = action,
            Since = arguments.GetValue(_since) is { } since ? PastTime.Read("--since", since) : null,
        };
    }
}
