using Shacache.Core.Accounts;

namespace Shacache.Http.Accounts;

/// <summary>Who changes accounts, as the audit log is told.</summary>
/// <param name="Name">The name of an account, or <see cref="AuditEntry.Operator"/>.</param>
/// <param name="From">The address, or <c>local</c>.</param>
public sealed record AccountActor(string Name, string From)
{
    /// <summary>The operator on the server's own machine.</summary>
    public static readonly AccountActor Operator = new(AuditEntry.Operator, "local");
}
