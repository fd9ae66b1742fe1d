using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shacache.Cli.Commands.Options;
using Shacache.Cli.Errors;
using Shacache.Cli.Output;
using Shacache.Client.Accounts;
using Shacache.Client.Stores;
using Shacache.Core.Savings;

namespace Shacache.Cli.Commands.Administration;

internal sealed class AdminSavingsCommand : StoreCommand
{
    private static readonly string[] Words = ["day", "cache", "prefix"];

    private readonly Option<string> _by = new("--by")
    {
        Description = "What makes a row of its own: day, cache (download, binary, gateway, proximity) or prefix of keys.",
        HelpName = "WORD",
        DefaultValueFactory = _ => "cache",
    };

    private readonly TextOption _since = new("--since", "TIME", "From that day on: a day such as 2026-11-22, or how long ago, such as 7d. Default: 30 days.");

    public AdminSavingsCommand()
        : base("savings", "Show what the cache saved: bytes that origins and upstreams did not have to send, builds and downloads that clients did not wait for.")
    {
        _by.CompletionSources.Add(Words);
        Add(_by);
        Add(_since);
        AddServerOptions();
    }

    public override IReadOnlyList<string> Examples =>
    [
        "shacache admin savings --data /var/lib/shacache",
        "shacache admin savings --by day --since 365d --json",
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "Days are those of UTC, and are kept for a year. The last five seconds are not in it yet.",
        .. base.Notes,
    ];

    protected override void Check(ParseResult arguments)
    {
        if (!Words.Contains(arguments.GetRequiredValue(_by), StringComparer.Ordinal))
            throw new CommandFailedException(ExitCode.Usage, $"--by: write {string.Join(", ", Words[..^1])} or {Words[^1]}.");
        FindSince(arguments);
    }

    protected override async Task<int> RunAsync(ParseResult arguments, AccountServer server, CancellationToken cancellationToken)
    {
        string by = arguments.GetRequiredValue(_by);
        using var worth = new StoreWorth(server);
        SavingsDocument savings = await worth.ReadSavingsAsync(by, FindSince(arguments), cancellationToken);
        if (arguments.GetValue(Json))
        {
            Console.Out.WriteLine(JsonOutput.Text(JsonSerializer.SerializeToNode(savings, SavingsDocuments.Default.SavingsDocument) ?? new JsonObject()));
            return ExitCode.Done;
        }

        var table = new ResultTable(by, "bytes", "builds", "downloads") { IsOneLine = true };
        foreach (SavingDocument row in savings.Rows)
            table.Add(row.Day ?? row.Cache ?? row.Prefix, Amount.Of(row.Bytes), Time(row.BuildSeconds), Time(row.DownloadSeconds));
        table.Add($"since {savings.Since}", Amount.Of(savings.Total.Bytes), Time(savings.Total.BuildSeconds), Time(savings.Total.DownloadSeconds));
        table.Write();
        return ExitCode.Done;
    }

    private DateOnly? FindSince(ParseResult arguments) =>
        arguments.GetValue(_since) is { } since ? DateOnly.FromDateTime(PastTime.Read("--since", since).UtcDateTime) : null;

    /// <summary>Such as <c>35.2 h</c>.</summary>
    private static string Time(double seconds) => seconds switch
    {
        < 120 => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s"),
        < 7200 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:0.0} min"),
        < 172_800 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:0.0} h"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds / 86_400:0.0} d"),
    };
}
