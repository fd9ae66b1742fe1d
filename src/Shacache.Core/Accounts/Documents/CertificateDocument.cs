namespace Shacache.Core.Accounts.Documents;

/// <summary>A certificate of an account, as JSON.</summary>
/// <param name="Fingerprint">SHA-256 of the certificate, 64 hexadecimal digits.</param>
/// <param name="KeyFingerprint">SHA-256 of its public key.</param>
/// <param name="SerialNumber">Hexadecimal.</param>
/// <param name="NotBefore">Beginning of its validity.</param>
/// <param name="NotAfter">End of its validity.</param>
/// <param name="RevokedAt">Since when it is refused; null while it is not.</param>
public sealed record CertificateDocument(
    string Fingerprint, string KeyFingerprint, string SerialNumber, DateTimeOffset NotBefore, DateTimeOffset NotAfter, DateTimeOffset? RevokedAt);
