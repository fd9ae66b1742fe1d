namespace Shacache.Core.Accounts.Documents;

/// <summary>An account with all that belongs to it, as JSON.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Rights">What it may do while it is in force.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="RevokedAt">Since when it may do nothing; null while it is in force.</param>
/// <param name="UsedBytesToday">Bytes that it uploaded since midnight UTC.</param>
/// <param name="Certificates">Its certificates, newest first; those that the operator made elsewhere are not known here.</param>
/// <param name="Tokens">Its tokens, newest first.</param>
public sealed record AccountDocument(
    string Name,
    RightsDocument Rights,
    DateTimeOffset CreatedAt,
    DateTimeOffset? RevokedAt,
    long UsedBytesToday,
    IReadOnlyList<CertificateDocument> Certificates,
    IReadOnlyList<TokenDocument> Tokens);
