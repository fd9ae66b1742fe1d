namespace Shacache.Core.Accounts;

/// <summary>One line of the audit log: who did what, when, from where. Holds no secret.</summary>
/// <param name="At">When, to the millisecond.</param>
/// <param name="Actor">Who: the name of an account, or <see cref="Operator"/>, or <see cref="Anonymous"/>.</param>
/// <param name="Action">What.</param>
/// <param name="Subject">To what: the name of an account, a digest, a key.</param>
/// <param name="From">The address it came from, <c>local</c> for the server's own machine.</param>
/// <param name="Detail">More for people, on one line: fingerprints, rights, lengths; empty when there is nothing to add.</param>
public sealed record AuditEntry(DateTimeOffset At, string Actor, AuditAction Action, string Subject, string From, string Detail = "")
{
    /// <summary>Who works on the server's own machine. Not a legal account name.</summary>
    public const string Operator = "(operator)";

    /// <summary>Who has no account. Not a legal account name.</summary>
    public const string Anonymous = "(anonymous)";

    /// <summary>The server itself, when its download gateway keeps what somebody asked it for. Not a legal account name.</summary>
    public const string Gateway = "(gateway)";
}
