namespace Shacache.Core.Accounts.Documents;

/// <summary>A token that was made, as JSON: the only time its secret is shown.</summary>
/// <param name="Id">Names it; no secret.</param>
/// <param name="Token">The secret.</param>
/// <param name="ExpiresAt">From when on it is refused.</param>
public sealed record NewTokenDocument(string Id, string Token, DateTimeOffset ExpiresAt);
