using System.CommandLine;
using System.Text.Json.Nodes;
using Shacache.Cli.Commands.Options;
using Shacache.Cli.Errors;
using Shacache.Cli.Output;
using Shacache.Client.Accounts;
using Shacache.Core.Accounts;
using Shacache.Core.Accounts.Documents;

namespace Shacache.Cli.Commands.Accounts;

internal sealed class AccountRevokeCommand : OperatorCommand
{
    private readonly Argument<string> _name = AccountCommand.Name();

    private readonly TextOption _certificate = new("--certificate", "HEX", "Revoke one certificate of the account alone: its fingerprint, or the beginning of it that 'account list' shows.");

    public AccountRevokeCommand()
        : base("revoke", "Take an account away: its certificates and tokens are refused from the next request on.")
    {
        AddAll(_name, _certificate);
        AddServerOptions();
    }

    public override IReadOnlyList<string> Examples => ["shacache account revoke build-1", "shacache account revoke build-1 --certificate 5e0c9aa172f3b4d8"];

    public override IReadOnlyList<string> Notes =>
    [
        "What it uploaded and listed stays; 'shacache account log --account NAME' shows what that is.",
        "A revoked account comes back when a new request of that name is approved; its old certificates and tokens do not.",
        "A name that no account has is revoked, too: certificates of that name, which were made elsewhere under the authority, are refused then.",
        .. base.Notes,
    ];

    protected override void Check(ParseResult arguments) => FingerprintPrefix.Check(arguments.GetValue(_certificate), "--certificate");

    protected override async Task<int> RunAsync(ParseResult arguments, AccountAdministration accounts, CancellationToken cancellationToken)
    {
        AccountName name = AccountCommand.ParseName(arguments.GetRequiredValue(_name));
        if (arguments.GetValue(_certificate) is { } typed)
        {
            Fingerprint certificate = await FindCertificateAsync(accounts, name, typed, cancellationToken);
            await accounts.RevokeCertificateAsync(certificate, cancellationToken);
            Report(arguments, name, certificate, $"Revoked: certificate {certificate} of {name}. The account stays.");
            return ExitCode.Done;
        }

        bool wasThere = await accounts.RevokeAsync(name, cancellationToken);
        if (!wasThere)
        {
            throw new CommandFailedException(
                ExitCode.NotFound,
                $"there is no account {name}; 'shacache account list' shows those there are. Certificates that name it, made elsewhere, are refused from now on.");
        }

        Report(arguments, name, null, $"Revoked: {name}, with its certificates and tokens. They are refused from now on.");
        return ExitCode.Done;
    }

    private static async Task<Fingerprint> FindCertificateAsync(
        AccountAdministration accounts, AccountName name, string typed, CancellationToken cancellationToken)
    {
        AccountDocument account = await accounts.FindAccountAsync(name, cancellationToken)
            ?? throw new CommandFailedException(ExitCode.NotFound, $"there is no account {name}.");
        string[] found = [.. account.Certificates.Select(certificate => certificate.Fingerprint).Where(fingerprint => FingerprintPrefix.Fits(typed, fingerprint))];
        return found.Length == 1 && Fingerprint.TryParse(found[0], out Fingerprint? only)
            ? only
            : throw new CommandFailedException(
                found.Length == 0 ? ExitCode.NotFound : ExitCode.Usage,
                $"{name} has {(found.Length == 0 ? "no certificate" : $"{found.Length} certificates")} whose fingerprint begins with {TextTable.Clean(typed)}; " +
                $"'shacache account list {name} --all' shows them.");
    }

    private void Report(ParseResult arguments, AccountName name, Fingerprint? certificate, string line) =>
        Console.Out.WriteLine(arguments.GetValue(Json) ? JsonOutput.Text(new JsonObject { ["name"] = name.Value, ["certificate"] = certificate?.Value }) : line);
}
