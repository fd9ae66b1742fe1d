using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Shacache.Cli.Commands.Accounts;
using Shacache.Cli.Errors;
using Shacache.Cli.Output;
using Shacache.Client.Accounts;
using Shacache.Client.Stores;
using Shacache.Core.Savings;

namespace Shacache.Cli.Commands.Administration;

internal sealed class AdminTopCommand : StoreCommand
{
    private const int MaxLimit = 1000;
    private static readonly string[] Words = ["largest", "most-read", "never-read", "prefix", "account"];

    private readonly Option<string> _by = new("--by")
    {
        Description = "The largest objects, those most-read, the largest that were never-read; or all objects by prefix of their keys, or by the account that uploaded them.",
        HelpName = "WORD",
        DefaultValueFactory = _ => "largest",
    };

    private readonly Option<int> _limit = new("--limit", "-n")
    {
        Description = $"How many rows at most, up to {MaxLimit}.",
        HelpName = "N",
        DefaultValueFactory = _ => 20,
    };

    public AdminTopCommand()
        : base("top", "Show what takes room, and what is read most.")
    {
        _by.CompletionSources.Add(Words);
        Add(_by);
        Add(_limit);
        AddServerOptions();
    }

    public override IReadOnlyList<string> Examples =>
    [
        "shacache admin top --data /var/lib/shacache",
        "shacache admin top --by never-read --limit 100 --json | jq -r '.objects[].sha512'",
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "Read means that most of an object was sent, since version 0.3. Who uploaded an object is known when that was an account, since the same version.",
        "The server looks at each object that it knows, beside its work: that takes some seconds for ten million.",
        .. base.Notes,
    ];

    protected override void Check(ParseResult arguments)
    {
        if (!Words.Contains(arguments.GetRequiredValue(_by), StringComparer.Ordinal))
            throw new CommandFailedException(ExitCode.Usage, $"--by: write {string.Join(", ", Words[..^1])} or {Words[^1]}.");
        if (arguments.GetValue(_limit) is < 1 or > MaxLimit)
            throw new CommandFailedException(ExitCode.Usage, $"--limit: write a number from 1 to {MaxLimit}.");
    }

    protected override async Task<int> RunAsync(ParseResult arguments, AccountServer server, CancellationToken cancellationToken)
    {
        string by = arguments.GetRequiredValue(_by);
        int limit = arguments.GetValue(_limit);
        bool json = arguments.GetValue(Json);
        using var worth = new StoreWorth(server);
        if (by is "prefix" or "account")
            Write(by, await worth.FindTopGroupsAsync(by, limit, cancellationToken), json);
        else
            Write(await worth.FindTopObjectsAsync(by, limit, cancellationToken), json);
        return ExitCode.Done;
    }

    private static void Write(TopObjectsDocument top, bool json)
    {
        if (json)
        {
            Console.Out.WriteLine(JsonOutput.Text(JsonSerializer.SerializeToNode(top, SavingsDocuments.Default.TopObjectsDocument) ?? new JsonObject()));
            return;
        }

        var table = new ResultTable("bytes", "read", "last read", "stored", "digest", "key") { IsOneLine = true };
        foreach (TopObjectDocument one in top.Objects)
        {
            table.Add(
                Amount.Of(one.Bytes), Number(one.Uses), one.UsedAt is { } usedAt ? AccountCommand.Time(usedAt) : null, AccountCommand.Time(one.StoredAt), one.Sha512, one.Key);
        }

        table.Write();
    }

    private static void Write(string by, TopGroupsDocument top, bool json)
    {
        if (json)
        {
            Console.Out.WriteLine(JsonOutput.Text(JsonSerializer.SerializeToNode(top, SavingsDocuments.Default.TopGroupsDocument) ?? new JsonObject()));
            return;
        }

        var table = new ResultTable(by, "objects", "bytes", "read") { IsOneLine = true };
        foreach (TopGroupDocument one in top.Groups)
            table.Add(one.Name ?? "(unknown)", Number(one.Objects), Amount.Of(one.Bytes), Number(one.Uses));
        table.Write();
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
