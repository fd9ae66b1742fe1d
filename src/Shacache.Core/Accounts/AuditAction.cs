namespace Shacache.Core.Accounts;

/// <summary>What was done. The numbers are stored and never change their meaning.</summary>
public enum AuditAction
{
    /// <summary>Somebody asked for an account.</summary>
    Request = 1,

    /// <summary>A request was approved.</summary>
    Approve = 2,

    /// <summary>A request was rejected.</summary>
    Reject = 3,

    /// <summary>A certificate was renewed by its owner.</summary>
    Renew = 4,

    /// <summary>An account was revoked.</summary>
    Revoke = 5,

    /// <summary>One certificate was revoked.</summary>
    RevokeCertificate = 6,

    /// <summary>An account got other rights.</summary>
    SetRights = 7,

    /// <summary>A token was made.</summary>
    AddToken = 8,

    /// <summary>A token was revoked.</summary>
    RevokeToken = 9,

    /// <summary>Content was uploaded.</summary>
    Upload = 10,

    /// <summary>An entry was put under a key.</summary>
    Index = 11,

    /// <summary>A URL was forgotten.</summary>
    Forget = 12,
}
