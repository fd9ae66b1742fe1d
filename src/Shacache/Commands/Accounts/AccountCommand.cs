using System.CommandLine;
using Shacache.Cli.Errors;
using Shacache.Core.Accounts;

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
