using System.CommandLine;
using System.Text.Json.Nodes;
using Shacache.Cli.Commands.Options;
using Shacache.Cli.Configuration.Declaration;
using Shacache.Cli.Errors;
using Shacache.Cli.Output;
using Shacache.Client.Accounts;
using Shacache.Client.Transfers;
using Shacache.Core.Accounts;
using Shacache.Core.Accounts.Documents;

namespace Shacache.Cli.Commands.Accounts;

internal sealed class AccountTokenCommand : OperatorCommand
{
    private static readonly Duration DefaultExpiry = new(TimeSpan.FromDays(90));

    private readonly Argument<string> _name = AccountCommand.Name();

    private readonly Option<string> _expires = new("--expires")
    {
        Description = "How long the token is good, in whole days, such as 30d.",
        HelpName = "TIME",
        DefaultValueFactory = _ => DefaultExpiry.ToString(),
    };

    private readonly TextOption _output = new("--output", "-o", "FILE", "Write the token to a new file that only its owner can read, instead of showing it.");

    private readonly Option<bool> _list = new("--list") { Description = "Show the tokens of the account, without their secrets." };

    private readonly TextOption _revoke = new("--revoke", "ID", "Revoke the token with this id: it is refused from the next request on.");

    public AccountTokenCommand()
        : base("token", "Make a token of an account, for programs that cannot use a certificate; or list and revoke its tokens.")
    {
        AddAll(_name, _expires, _output, _list, _revoke);
        AddServerOptions();
    }

    public override IReadOnlyList<string> Examples =>
    [
        "shacache account token build-1 --expires 30d",
        "shacache account token build-1 --output build-1.token        # upload-token-file of slapos.cfg",
        "shacache account token build-1 --list",
        "shacache account token build-1 --revoke 5e0c9aa172f3",
    ];

    public override IReadOnlyList<string> Notes =>
    [
        "The token is shown once, and kept nowhere: the server has only its hash. Any client that has it may do what the account may.",
        "It goes as 'Authorization: Bearer TOKEN', or as the password of HTTP basic authentication with the account as user; over HTTPS only.",
        .. base.Notes,
    ];

    protected override void Check(ParseResult arguments)
    {
        ReadDays(arguments);
        bool isOther = arguments.GetValue(_list) || arguments.GetValue(_revoke) is not null;
        if (arguments.GetValue(_list) && arguments.GetValue(_revoke) is not null)
            throw new CommandFailedException(ExitCode.Usage, "give --list or --revoke, not both.");
        if (isOther && (arguments.GetValue(_output) is not null || arguments.GetResult(_expires) is { Implicit: false }))
            throw new CommandFailedException(ExitCode.Usage, "--expires and --output are for a new token; --list and --revoke make none.");
        if (arguments.GetValue(_output) is { } output)
            PemFile.EnsureFree(output, "token");
    }

    protected override async Task<int> RunAsync(ParseResult arguments, AccountAdministration accounts, CancellationToken cancellationToken)
    {
        AccountName name = AccountCommand.ParseName(arguments.GetRequiredValue(_name));
        if (!arguments.GetValue(_list) && arguments.GetValue(_revoke) is null)
        {
            NewTokenDocument made = await accounts.AddTokenAsync(name, ReadDays(arguments), cancellationToken);
            if (arguments.GetValue(_output) is { } output)
                await SaveAsync(accounts, made, output, cancellationToken);
            ReportNew(arguments, name, made);
            return ExitCode.Done;
        }

        AccountDocument account = await accounts.FindAccountAsync(name, cancellationToken)
            ?? throw new CommandFailedException(ExitCode.NotFound, $"there is no account {name}.");
        if (arguments.GetValue(_revoke) is { } id)
            await RevokeAsync(arguments, accounts, account, id, cancellationToken);
        else
            List(arguments, account);
        return ExitCode.Done;
    }

    /// <summary>A token that cannot be written is revoked: no client could use it.</summary>
    private static async Task SaveAsync(AccountAdministration accounts, NewTokenDocument token, string path, CancellationToken cancellationToken)
    {
        try
        {
            PemFile.Create(path, token.Token + "\n", isSecret: true);
        }
        catch (IOException e)
        {
            await accounts.RevokeTokenAsync(token.Id, cancellationToken);
            throw new CommandFailedException(ExitCode.Error, ErrorReport.LineOf(e), e);
        }
    }

    private async Task RevokeAsync(
        ParseResult arguments, AccountAdministration accounts, AccountDocument account, string id, CancellationToken cancellationToken)
    {
        // The token of another account would be revoked by mistake.
        if (!account.Tokens.Any(token => token.Id == id))
            throw new CommandFailedException(ExitCode.NotFound, $"{account.Name} has no token {TextTable.Clean(id)}; 'shacache account token {account.Name} --list' shows those it has.");
        await accounts.RevokeTokenAsync(id, cancellationToken);
        Console.Out.WriteLine(arguments.GetValue(Json)
            ? JsonOutput.Text(new JsonObject { ["name"] = account.Name, ["id"] = id })
            : $"Revoked: token {id} of {account.Name}. It is refused from now on.");
    }

    private void List(ParseResult arguments, AccountDocument account)
    {
        if (arguments.GetValue(Json))
        {
            Console.Out.WriteLine(JsonOutput.Text(AccountJson.Of(account)["tokens"]!));
            return;
        }

        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        var table = new ResultTable("id", "made", "valid until", "state");
        foreach (TokenDocument token in account.Tokens)
        {
            string state = token.RevokedAt is { } revoked ? $"revoked {AccountCommand.Day(revoked)}" : token.ExpiresAt <= now ? "expired" : "valid";
            table.Add(token.Id, AccountCommand.Day(token.CreatedAt), AccountCommand.Day(token.ExpiresAt), state);
        }

        table.Write();
    }

    private void ReportNew(ParseResult arguments, AccountName name, NewTokenDocument token)
    {
        string? output = arguments.GetValue(_output);
        if (arguments.GetValue(Json))
        {
            Console.Out.WriteLine(JsonOutput.Text(new JsonObject
            {
                ["name"] = name.Value,
                ["id"] = token.Id,
                ["token"] = output is null ? token.Token : null,
                ["token_file"] = output is null ? null : Path.GetFullPath(output),
                ["expires_at"] = token.ExpiresAt,
            }));
            return;
        }

        Console.Out.WriteLine(
            $"""
             Token:  {(output is null ? token.Token : $"in {output}, which only its owner can read")}
             Id:     {token.Id}, of {name}, valid until {AccountCommand.Day(token.ExpiresAt)}

             {(output is null ? "It is not shown again. Keep it in a file that only its user can read" : "Give it to the uploader")}: upload-token-file in section [networkcache] of slapos.cfg.
             """);
    }

    private int ReadDays(ParseResult arguments)
    {
        string text = arguments.GetRequiredValue(_expires);
        if (Duration.TryParse(text, out Duration expires) && expires.Time >= TimeSpan.FromDays(1) && expires.Time.Ticks % TimeSpan.TicksPerDay == 0)
            return (int)expires.Time.TotalDays;
        throw new CommandFailedException(ExitCode.Usage, $"--expires: '{TextTable.Clean(text)}' is no whole number of days from 1d to 3650d, such as 30d.");
    }
}
