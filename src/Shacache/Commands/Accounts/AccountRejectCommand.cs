using System.CommandLine;
using System.Text.Json.Nodes;
using Shacache.Cli.Commands.Options;
using Shacache.Cli.Errors;
using Shacache.Cli.Output;
using Shacache.Client.Accounts;
using Shacache.Core.Accounts;
using Shacache.Core.Accounts.Documents;

namespace Shacache.Cli.Commands.Accounts;

internal sealed class AccountRejectCommand : OperatorCommand
{
    private readonly Argument<string> _name = AccountCommand.Name();

    private readonly TextOption _fingerprint = new("--fingerprint", "HEX", "The fingerprint of the request, or its beginning. Needed when several ask for the same name.");

    public AccountRejectCommand()
        : base("reject", "Turn a request for an account down. Accounts that exist are not touched.")
    {
        AddAll(_name, _fingerprint);
        AddServerOptions();
    }

    public override IReadOnlyList<string> Examples => ["shacache account reject build-1", "shacache account reject build-1 --fingerprint '3f5a 09c1'"];

    protected override void Check(ParseResult arguments) => FingerprintPrefix.Check(arguments.GetValue(_fingerprint), "--fingerprint");

    protected override async Task<int> RunAsync(ParseResult arguments, AccountAdministration accounts, CancellationToken cancellationToken)
    {
        AccountName name = AccountCommand.ParseName(arguments.GetRequiredValue(_name));
        RequestDocument request = await FindRequestAsync(accounts, name, arguments.GetValue(_fingerprint), cancellationToken);
        if (!Fingerprint.TryParse(request.Fingerprint, out Fingerprint? fingerprint))
            throw new CommandFailedException(ExitCode.Error, "the server sent a request without a fingerprint; nothing was rejected.");
        await accounts.RejectAsync(fingerprint, cancellationToken);
        Console.Out.WriteLine(arguments.GetValue(Json)
            ? JsonOutput.Text(new JsonObject { ["name"] = request.Name, ["fingerprint"] = request.Fingerprint })
            : $"Rejected: the request for {request.Name} with fingerprint {request.Spoken}.");
        return ExitCode.Done;
    }
}
