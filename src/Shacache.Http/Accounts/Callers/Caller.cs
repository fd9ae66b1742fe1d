using Shacache.Core.Accounts;
using Shacache.Http.Answers;

namespace Shacache.Http.Accounts.Callers;

/// <summary>Who sent a request, as far as that was asked.</summary>
/// <param name="By">By what it is known.</param>
/// <param name="Name">The name of its account; null for a caller without one, and for the operator.</param>
/// <param name="Rights">What it may do.</param>
/// <param name="ValidUntil">When its credential expires.</param>
internal sealed record Caller(CredentialKind By, AccountName? Name, AccountRights Rights, DateTimeOffset? ValidUntil = null)
{
    /// <summary>A caller that presented nothing. What it may do is a setting.</summary>
    public static readonly Caller Anonymous = new(CredentialKind.None, null, AccountRights.None);

    /// <summary>The user that may open the socket in the data folder.</summary>
    public static readonly Caller Operator = new(CredentialKind.Socket, null, AccountRights.Uploader with { MayAdminister = true });

    /// <summary>As the audit log calls it.</summary>
    public string Actor => Name?.Value ?? (By == CredentialKind.Socket ? AuditEntry.Operator : AuditEntry.Anonymous);
}

/// <summary>By what a caller was known.</summary>
internal enum CredentialKind
{
    /// <summary>Nothing was presented.</summary>
    None,

    /// <summary>A TLS client certificate.</summary>
    Certificate,

    /// <summary>A token, as Bearer or as the password of Basic.</summary>
    Token,

    /// <summary>The socket in the data folder.</summary>
    Socket,
}

/// <summary>Who sent a request; or why the credential it presented is refused.</summary>
/// <param name="Caller">Who; anonymous when refused.</param>
/// <param name="Refusal">Why not; null when all is well.</param>
internal readonly record struct Identification(Caller Caller, Problem? Refusal)
{
    public static implicit operator Identification(Caller caller) => new(caller, null);

    public static implicit operator Identification(Problem refusal) => new(Caller.Anonymous, refusal);
}
