using System.CommandLine;
using System.Text.Json.Nodes;
using Shacache.Cli.Errors;
using Shacache.Cli.Output;
using Shacache.Client.Accounts;
using Shacache.Core.Accounts;
using Shacache.Core.Accounts.Documents;

namespace Shacache.Cli.Commands.Accounts;

internal sealed class AccountRightsCommand : OperatorCommand
{
    private readonly Argument<string> _name = AccountCommand.Name();
    private readonly RightsOptions _rights = new();
    private readonly Option<bool> _none = new("--none") { Description = "No right at all. The account stays, and can be given rights again." };

    public AccountRightsCommand()
        : base("rights", "Show what an account may do, or change it.")
    {
        Add(_name);
        _rights.AddTo(this);
        Add(_none);
        AddServerOptions();
    }

    public override IReadOnlyList<string> Examples =>
        ["shacache account rights build-1", "shacache account rights build-1 --upload --index pypi: --index file-urlmd5: --quota 10GiB", "shacache account rights build-1 --none"];

    public override IReadOnlyList<string> Notes =>
    [
        "What is named is what the account has from the next request on; what is not named, it has no longer. Without any, the rights are shown.",
        "An account that is not there is made: for certificates that were made elsewhere under the authority, and name it.",
        .. base.Notes,
    ];

    protected override void Check(ParseResult arguments)
    {
        if (_rights.Find(arguments) is not null && arguments.GetValue(_none))
            throw new CommandFailedException(ExitCode.Usage, "give --none, or rights, not both.");
    }

    protected override async Task<int> RunAsync(ParseResult arguments, AccountAdministration accounts, CancellationToken cancellationToken)
    {
        AccountName name = AccountCommand.ParseName(arguments.GetRequiredValue(_name));
        RightsDocument? wanted = arguments.GetValue(_none) ? new RightsDocument() : _rights.Find(arguments);
        AccountDocument account = wanted is null
            ? await accounts.FindAccountAsync(name, cancellationToken) ?? throw new CommandFailedException(ExitCode.NotFound, $"there is no account {name}.")
            : await accounts.SetRightsAsync(name, wanted, cancellationToken);
        if (arguments.GetValue(Json))
        {
            Console.Out.WriteLine(JsonOutput.Text(new JsonObject
            {
                ["name"] = account.Name,
                ["rights"] = AccountJson.Of(account.Rights),
                ["revoked_at"] = account.RevokedAt,
            }));
            return ExitCode.Done;
        }

        string quota = account.Rights.BytesPerDay is null ? "" : $"; {RightsOptions.DescribeQuota(account.Rights)} a day";
        string revoked = account.RevokedAt is { } at ? $"; but it is revoked since {AccountCommand.Day(at)}" : "";
        Console.Out.WriteLine($"{account.Name} may: {RightsOptions.Describe(account.Rights)}{quota}{revoked}.");
        return ExitCode.Done;
    }
}
