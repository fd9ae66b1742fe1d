using System.CommandLine;
using System.Text.Json.Nodes;
using Shacache.Cli.Errors;
using Shacache.Core.Accounts;
using Shacache.Core.Accounts.Documents;

namespace Shacache.Cli.Commands.Accounts;

/// <summary><c>shacache account</c>: who may upload.</summary>
internal static class AccountCommand
{
    public static Command Create() => new("account", "Manage who may upload: ask for an account, grant and revoke it.")
    {
        new AccountInitCommand(),
        new AccountRequestCommand(),
        new AccountFetchCommand(),
        new AccountRenewCommand(),
        new AccountListCommand(),
        new AccountApproveCommand(),
        new AccountRejectCommand(),
        new AccountRevokeCommand(),
        new AccountRightsCommand(),
        new AccountTokenCommand(),
        new AccountLogCommand(),
    };

    public static Argument<string> Name() => new("NAME") { Description = "The name of the account." };

    public static Option<bool> Json() => new("--json") { Description = "Print JSON instead of text." };

    /// <exception cref="CommandFailedException">It is no name of an account.</exception>
    public static AccountName ParseName(string text) =>
        AccountName.TryCreate(text, out AccountName? name, out string? problem) ? name : throw new CommandFailedException(ExitCode.Usage, problem);

    /// <summary>A day, as tables show it.</summary>
    public static string Day(DateTimeOffset time) => $"{time.UtcDateTime:yyyy-MM-dd}";

    /// <summary>A time to the second, as tables show it.</summary>
    public static string Time(DateTimeOffset time) => $"{time.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z";
}

/// <summary>Accounts as the commands print them: members named as in the other commands.</summary>
internal static class AccountJson
{
    public static JsonObject Of(RequestDocument request) => new()
    {
        ["name"] = request.Name,
        ["fingerprint"] = request.Fingerprint,
        ["spoken"] = request.Spoken,
        ["requested_at"] = request.RequestedAt,
        ["from"] = request.From,
    };

    public static JsonObject Of(AccountDocument account) => new()
    {
        ["name"] = account.Name,
        ["rights"] = Of(account.Rights),
        ["created_at"] = account.CreatedAt,
        ["revoked_at"] = account.RevokedAt,
        ["used_bytes_today"] = account.UsedBytesToday,
        ["certificates"] = new JsonArray([.. account.Certificates.Select(Of)]),
        ["tokens"] = new JsonArray([.. account.Tokens.Select(Of)]),
    };

    public static JsonObject Of(RightsDocument rights) => new()
    {
        ["upload"] = rights.Upload,
        ["index"] = new JsonArray([.. (rights.Index ?? []).Select(prefix => JsonValue.Create(prefix))]),
        ["administer"] = rights.Administer,
        ["bytes_per_day"] = rights.BytesPerDay,
    };

    public static JsonObject Of(AuditLineDocument line) => new()
    {
        ["position"] = line.Position,
        ["at"] = line.At,
        ["actor"] = line.Actor,
        ["action"] = line.Action,
        ["subject"] = line.Subject,
        ["from"] = line.From,
        ["detail"] = line.Detail,
    };

    private static JsonObject Of(CertificateDocument certificate) => new()
    {
        ["fingerprint"] = certificate.Fingerprint,
        ["key_fingerprint"] = certificate.KeyFingerprint,
        ["serial_number"] = certificate.SerialNumber,
        ["not_before"] = certificate.NotBefore,
        ["not_after"] = certificate.NotAfter,
        ["revoked_at"] = certificate.RevokedAt,
    };

    private static JsonObject Of(TokenDocument token) => new()
    {
        ["id"] = token.Id,
        ["created_at"] = token.CreatedAt,
        ["expires_at"] = token.ExpiresAt,
        ["revoked_at"] = token.RevokedAt,
    };
}
