using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Shacache.Cli.Commands.Options;
using Shacache.Cli.Configuration.Declaration;
using Shacache.Cli.Errors;
using Shacache.Cli.Output;
using Shacache.Client.Accounts;
using Shacache.Client.Stores;
using Shacache.Core.Retention;

namespace Shacache.Cli.Commands.Administration;

/// <summary>Makes or ends a rule about an object or a key.</summary>
internal abstract class AdminRuleCommand : StoreCommand
{
    private readonly string _done;

    /// <param name="name">The command.</param>
    /// <param name="description">What it does.</param>
    /// <param name="done">What is so when it is done, such as <c>Pinned</c>.</param>
    protected AdminRuleCommand(string name, string description, string done)
        : base(name, description) => _done = done;

    protected ContentOptions Content { get; } = new();

    public override IReadOnlyList<string> Examples => [$"shacache admin {Name} --digest b97dbf90c6…", $"shacache admin {Name} --key pypi:flask=3.0.0"];

    protected override void Check(ParseResult arguments) => Content.ReadOne(arguments);

    protected override async Task<int> RunAsync(ParseResult arguments, AccountServer server, CancellationToken cancellationToken)
    {
        (string? digest, string? key) = Content.ReadOne(arguments);
        var order = new RuleOrderDocument(digest, key, FindEnd(arguments), arguments.GetValue(Content.Reason));
        using var content = new ContentAdministration(server);
        await ChangeAsync(content, order, cancellationToken);
        string until = order.Until is { } end ? $" until {Accounts.AccountCommand.Time(end)}" : "";
        Console.Out.WriteLine(arguments.GetValue(Json)
            ? JsonOutput.Text(new JsonObject { ["sha512"] = digest, ["key"] = key, ["until"] = order.Until })
            : $"{_done}{until}: {TextTable.Clean(key ?? digest)}.");
        return ExitCode.Done;
    }

    /// <summary>When the rule ends; null for never.</summary>
    protected virtual DateTimeOffset? FindEnd(ParseResult arguments) => null;

    protected abstract Task ChangeAsync(ContentAdministration content, RuleOrderDocument order, CancellationToken cancellationToken);
}

internal sealed class AdminPinCommand : AdminRuleCommand
{
    private readonly TextOption _until = new("--until", "TIME", "Until when: a date such as 2027-01-31, a time, or for how long, such as 30d. Default: for ever.");

    public AdminPinCommand()
        : base("pin", "Keep an object, or what is under a key, when room is made and when it is cleaned up.", "Pinned")
    {
        AddAll(Content.Digest, Content.Key, _until, Content.Reason);
        AddServerOptions();
    }

    public override IReadOnlyList<string> Notes =>
        ["Of a key, everything is kept that its entries name, also those that come later. Removal and blocks win over pins.", .. base.Notes];

    protected override void Check(ParseResult arguments)
    {
        base.Check(arguments);
        FindEnd(arguments);
    }

    protected override DateTimeOffset? FindEnd(ParseResult arguments)
    {
        if (arguments.GetValue(_until) is not { } text)
            return null;
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        if (Duration.TryParse(text, out Duration ahead))
            return now + ahead.Time;
        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time))
            throw new CommandFailedException(ExitCode.Usage, $"--until: '{TextTable.Clean(text)}' is no time; write 2027-01-31, 2027-01-31T21:00Z, or for how long, such as 30d.");
        return time > now ? time : throw new CommandFailedException(ExitCode.Usage, $"--until: {TextTable.Clean(text)} has passed.");
    }

    protected override Task ChangeAsync(ContentAdministration content, RuleOrderDocument order, CancellationToken cancellationToken) => content.PinAsync(order, cancellationToken);
}

internal sealed class AdminUnpinCommand : AdminRuleCommand
{
    public AdminUnpinCommand()
        : base("unpin", "Take a pin back.", "No longer pinned")
    {
        AddAll(Content.Digest, Content.Key, Content.Reason);
        AddServerOptions();
    }

    public override IReadOnlyList<string> Notes => ["Exit code 3: there is no such pin.", .. base.Notes];

    protected override Task ChangeAsync(ContentAdministration content, RuleOrderDocument order, CancellationToken cancellationToken) => content.UnpinAsync(order, cancellationToken);
}

internal sealed class AdminBlockCommand : AdminRuleCommand
{
    public AdminBlockCommand()
        : base("block", "Refuse an object or a key from now on, wherever it comes from.", "Blocked")
    {
        AddAll(Content.Digest, Content.Key, Content.Reason);
        AddServerOptions();
    }

    public override IReadOnlyList<string> Notes =>
    [
        "Uploads get 403 with the reason, and downloads and listings 404, as if it were not here. What is stored stays on the disk, and is back after 'unblock'; 'remove --block' removes it, too.",
        "Neither an upstream nor the download gateway brings blocked content.",
        .. base.Notes,
    ];

    protected override Task ChangeAsync(ContentAdministration content, RuleOrderDocument order, CancellationToken cancellationToken) => content.BlockAsync(order, cancellationToken);
}

internal sealed class AdminUnblockCommand : AdminRuleCommand
{
    public AdminUnblockCommand()
        : base("unblock", "Take a block back.", "No longer blocked")
    {
        AddAll(Content.Digest, Content.Key, Content.Reason);
        AddServerOptions();
    }

    public override IReadOnlyList<string> Notes => ["Exit code 3: there is no such block.", .. base.Notes];

    protected override Task ChangeAsync(ContentAdministration content, RuleOrderDocument order, CancellationToken cancellationToken) => content.UnblockAsync(order, cancellationToken);
}
