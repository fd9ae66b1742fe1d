using System.CommandLine;
using System.Text.Json.Nodes;
using Shacache.Cli.Errors;
using Shacache.Cli.Output;
using Shacache.Client.Accounts;
using Shacache.Core.Accounts.Documents;

namespace Shacache.Cli.Commands.Accounts;

internal sealed class AccountListCommand : OperatorCommand
{
    private readonly Argument<string?> _name = new("NAME")
    {
        Description = "Show this account alone.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<bool> _all = new("--all") { Description = "Show certificates and tokens that have expired or are revoked, too." };

    public AccountListCommand()
        : base("list", "Show who asks for an account, the accounts with their rights, and their certificates and tokens.")
    {
        AddAll(_name, _all);
        AddServerOptions();
    }

    public override IReadOnlyList<string> Examples =>
        ["shacache account list", "shacache account list build-1 --all", "shacache account list --url https://cache.example.org:8443 --ca ca.crt --cert admin.crt --key admin.key"];

    public override IReadOnlyList<string> Notes =>
    [
        "Before you approve a request, let its sender read the fingerprint to you: another sender may ask for the same name.",
        .. base.Notes,
    ];

    protected override async Task<int> RunAsync(ParseResult arguments, AccountAdministration accounts, CancellationToken cancellationToken)
    {
        string? name = arguments.GetValue(_name) is { } text ? AccountCommand.ParseName(text).Value : null;
        IReadOnlyList<RequestDocument> requests = [.. (await accounts.ListRequestsAsync(cancellationToken)).Where(request => name is null || request.Name == name)];
        IReadOnlyList<AccountDocument> all = [.. (await accounts.ListAccountsAsync(cancellationToken)).Where(account => name is null || account.Name == name)];
        if (name is not null && requests.Count == 0 && all.Count == 0)
            throw new CommandFailedException(ExitCode.NotFound, $"there is no account {name}, and no request for it.");
        if (arguments.GetValue(Json))
        {
            Console.Out.WriteLine(JsonOutput.Text(new JsonObject
            {
                ["requests"] = new JsonArray([.. requests.Select(AccountJson.Of)]),
                ["accounts"] = new JsonArray([.. all.Select(AccountJson.Of)]),
            }));
            return ExitCode.Done;
        }

        Write(requests, all, arguments.GetValue(_all));
        return ExitCode.Done;
    }

    private static void Write(IReadOnlyList<RequestDocument> requests, IReadOnlyList<AccountDocument> accounts, bool withPast)
    {
        if (requests.Count > 0)
        {
            Console.Out.WriteLine("Requests that wait for you:");
            var table = new ResultTable("name", "fingerprint", "asked", "from");
            foreach (RequestDocument request in requests)
                table.Add(request.Name, request.Spoken, AccountCommand.Time(request.RequestedAt), request.From);
            table.Write();
            Console.Out.WriteLine("Compare the fingerprint with the sender, by telephone, then: shacache account approve NAME");
            Console.Out.WriteLine();
        }

        if (accounts.Count == 0)
        {
            Console.Out.WriteLine(requests.Count == 0 ? "No accounts, and no requests." : "No accounts.");
            return;
        }

        Console.Out.WriteLine("Accounts:");
        var list = new ResultTable("name", "state", "may", "per day", "today", "since");
        foreach (AccountDocument account in accounts)
        {
            list.Add(
                account.Name,
                account.RevokedAt is { } revoked ? $"revoked {AccountCommand.Day(revoked)}" : "in force",
                RightsOptions.Describe(account.Rights),
                RightsOptions.DescribeQuota(account.Rights),
                Amount(account.UsedBytesToday),
                AccountCommand.Day(account.CreatedAt));
        }

        list.Write();
        WriteCredentials(accounts, withPast);
    }

    private static string Amount(long bytes) => bytes switch
    {
        >= 1L << 30 => $"{bytes / (double)(1L << 30):0.#} GiB",
        >= 1L << 20 => $"{bytes / (double)(1L << 20):0.#} MiB",
        >= 1L << 10 => $"{bytes / (double)(1L << 10):0.#} KiB",
        _ => $"{bytes} B",
    };

    private static void WriteCredentials(IReadOnlyList<AccountDocument> accounts, bool withPast)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        List<string[]> rows = [];
        foreach (AccountDocument account in accounts)
        {
            foreach (CertificateDocument certificate in account.Certificates)
                Add(account.Name, "certificate", certificate.Fingerprint[..16], certificate.NotAfter, certificate.RevokedAt);
            foreach (TokenDocument token in account.Tokens)
                Add(account.Name, "token", token.Id, token.ExpiresAt, token.RevokedAt);
        }

        if (rows.Count == 0)
            return;
        Console.Out.WriteLine();
        Console.Out.WriteLine("Certificates and tokens:");
        var table = new ResultTable("account", "what", "id", "valid until", "state");
        rows.ForEach(table.Add);
        table.Write();

        void Add(string account, string what, string id, DateTimeOffset end, DateTimeOffset? revokedAt)
        {
            string state = revokedAt is { } revoked ? $"revoked {AccountCommand.Day(revoked)}" : end <= now ? "expired" : "valid";
            if (withPast || state == "valid")
                rows.Add([account, what, id, AccountCommand.Day(end), state]);
        }
    }
}
