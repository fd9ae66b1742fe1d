namespace Shacache.Core.Accounts;

/// <summary>A token of an account. The secret itself is not kept, only its hash.</summary>
/// <param name="Id">Short and no secret: names the token in lists and in the audit log.</param>
/// <param name="Account">Whose it is.</param>
/// <param name="SecretHash">SHA-256 of the secret: <see cref="TokenSecret.Hash"/>.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">From when on it is refused.</param>
/// <param name="RevokedAt">Since when it is refused; null while it is not. Never taken back.</param>
public sealed record AccountToken(
    string Id, AccountName Account, Fingerprint SecretHash, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, DateTimeOffset? RevokedAt = null)
{
    /// <summary>Whether it is refused since its time is over.</summary>
    public bool IsExpired(DateTimeOffset now) => now >= ExpiresAt;
}
