using System.Text.Json.Serialization;

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

/// <summary>All accounts by name, as JSON.</summary>
/// <param name="Accounts">The accounts, revoked ones too.</param>
public sealed record AccountListDocument(IReadOnlyList<AccountDocument> Accounts);

/// <summary>The rights of an account, as JSON. What is left out is not granted.</summary>
/// <param name="Upload">Whether it may upload content.</param>
/// <param name="Index">Beginnings of the keys under which it may put entries; the empty text is every key.</param>
/// <param name="Administer">Whether it may administer accounts.</param>
/// <param name="BytesPerDay">Bytes that it may upload in a day of UTC; null for any number.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record RightsDocument(bool Upload = false, IReadOnlyList<string>? Index = null, bool Administer = false, long? BytesPerDay = null);

/// <summary>A certificate of an account, as JSON.</summary>
/// <param name="Fingerprint">SHA-256 of the certificate, 64 hexadecimal digits.</param>
/// <param name="KeyFingerprint">SHA-256 of its public key.</param>
/// <param name="SerialNumber">Hexadecimal.</param>
/// <param name="NotBefore">Beginning of its validity.</param>
/// <param name="NotAfter">End of its validity.</param>
/// <param name="RevokedAt">Since when it is refused; null while it is not.</param>
public sealed record CertificateDocument(
    string Fingerprint, string KeyFingerprint, string SerialNumber, DateTimeOffset NotBefore, DateTimeOffset NotAfter, DateTimeOffset? RevokedAt);

/// <summary>A token of an account, without its secret, as JSON.</summary>
/// <param name="Id">Names it; no secret.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">From when on it is refused.</param>
/// <param name="RevokedAt">Since when it is refused; null while it is not.</param>
public sealed record TokenDocument(string Id, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, DateTimeOffset? RevokedAt);

/// <summary>A token that was made, as JSON: the only time its secret is shown.</summary>
/// <param name="Id">Names it; no secret.</param>
/// <param name="Token">The secret.</param>
/// <param name="ExpiresAt">From when on it is refused.</param>
public sealed record NewTokenDocument(string Id, string Token, DateTimeOffset ExpiresAt);

/// <summary>What token is wanted, as JSON.</summary>
/// <param name="Days">How long it is valid; null for 90 days.</param>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed record TokenOrderDocument(int? Days = null);

/// <summary>Who a caller is to the server, as JSON.</summary>
/// <param name="Account">The name of the account; null for the operator on the server's own machine.</param>
/// <param name="By"><c>certificate</c>, <c>token</c> or <c>socket</c>.</param>
/// <param name="Rights">What it may do.</param>
/// <param name="UsedBytesToday">Bytes that it uploaded since midnight UTC.</param>
/// <param name="ValidUntil">When the credential expires; null when it does not.</param>
public sealed record CallerDocument(string? Account, string By, RightsDocument Rights, long UsedBytesToday, DateTimeOffset? ValidUntil);
