namespace Shacache.Core.Accounts.Documents;

/// <summary>A token of an account, without its secret, as JSON.</summary>
/// <param name="Id">Names it; no secret.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">From when on it is refused.</param>
/// <param name="RevokedAt">Since when it is refused; null while it is not.</param>
public sealed record TokenDocument(string Id, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, DateTimeOffset? RevokedAt);
