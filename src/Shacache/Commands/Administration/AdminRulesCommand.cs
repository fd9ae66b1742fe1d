using System.CommandLine;
using System.Text.Json;
using Shacache.Cli.Commands.Accounts;
using Shacache.Cli.Errors;
using Shacache.Cli.Output;
using Shacache.Client.Accounts;
using Shacache.Client.Stores;
using Shacache.Core.Retention;

namespace Shacache.Cli.Commands.Administration;

/// <summary>Lists the rules of a kind.</summary>
/// <param name="name">The command.</param>
/// <param name="description">What it does.</param>
/// <param name="list">Asks for them.</param>
internal abstract class AdminRulesCommand(string name, string description, Func<ContentAdministration, CancellationToken, Task<RuleListDocument>> list)
    : StoreCommand(name, description)
{
    public override IReadOnlyList<string> Examples => [$"shacache admin {Name} --data /var/lib/shacache", $"shacache admin {Name} --json"];

    protected override async Task<int> RunAsync(ParseResult arguments, AccountServer server, CancellationToken cancellationToken)
    {
        using var content = new ContentAdministration(server);
        RuleListDocument found = await list(content, cancellationToken);
        if (arguments.GetValue(Json))
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(found, RetentionDocuments.Default.RuleListDocument));
            return ExitCode.Done;
        }

        var table = new ResultTable("since", "until", "what", "by", "reason");
        foreach (RuleDocument rule in found.Rules)
        {
            table.Add(
                AccountCommand.Time(rule.MadeAt),
                rule.Until is { } until ? AccountCommand.Time(until) : "",
                rule.Key is { } key ? $"key {key}" : $"object {rule.Sha512}",
                rule.Actor,
                rule.Reason);
        }

        table.Write();
        return ExitCode.Done;
    }
}

internal sealed class AdminPinsCommand : AdminRulesCommand
{
    public AdminPinsCommand()
        : base("pins", "Show what is pinned.", static (content, cancellationToken) => content.ListPinsAsync(cancellationToken)) => AddServerOptions();
}

internal sealed class AdminBlockedCommand : AdminRulesCommand
{
    public AdminBlockedCommand()
        : base("blocked", "Show what is blocked.", static (content, cancellationToken) => content.ListBlocksAsync(cancellationToken)) => AddServerOptions();
}
