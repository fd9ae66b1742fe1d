namespace Shacache.Core.Accounts.Documents;

/// <summary>Whom the server takes a caller for, as JSON.</summary>
/// <param name="Account">The name of the account; null for the operator on the server's own machine.</param>
/// <param name="By"><c>certificate</c>, <c>token</c> or <c>socket</c>.</param>
/// <param name="Rights">What it may do.</param>
/// <param name="UsedBytesToday">Bytes that it uploaded since midnight UTC.</param>
/// <param name="ValidUntil">When the credential expires; null when it does not.</param>
public sealed record CallerDocument(string? Account, string By, RightsDocument Rights, long UsedBytesToday, DateTimeOffset? ValidUntil);
