namespace Shacache.Core.Accounts;

/// <summary>Who may write into the cache.</summary>
/// <param name="Name">Its name, which is the common name of its certificates.</param>
/// <param name="Rights">What it may do.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="RevokedAt">Since when it may do nothing; null while it is in force.</param>
/// <param name="DistrustedBefore">
/// When it was last revoked, also after it was approved anew; null for never. The store forgets no certificate that it knows to be revoked;
/// this is for those it does not know: one that the operator made elsewhere, valid from before this time, stays refused.
/// </param>
public sealed record Account(
    AccountName Name, AccountRights Rights, DateTimeOffset CreatedAt, DateTimeOffset? RevokedAt = null, DateTimeOffset? DistrustedBefore = null)
{
    /// <summary>Whether it may do nothing.</summary>
    public bool IsRevoked => RevokedAt is not null;
}
