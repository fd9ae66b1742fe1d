namespace Shacache.Core.Accounts.Documents;

/// <summary>All accounts by name, as JSON.</summary>
/// <param name="Accounts">The accounts, revoked ones too.</param>
public sealed record AccountListDocument(IReadOnlyList<AccountDocument> Accounts);
