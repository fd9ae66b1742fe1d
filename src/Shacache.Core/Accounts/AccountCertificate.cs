using System.Security.Cryptography.X509Certificates;

namespace Shacache.Core.Accounts;

/// <summary>A client certificate that was issued to an account.</summary>
/// <param name="Account">Whose it is.</param>
/// <param name="Fingerprint">Of the certificate: identifies it.</param>
/// <param name="KeyFingerprint">Of its public key: what its owner fetches it by.</param>
/// <param name="SerialNumber">As X.509 prints it: upper-case hexadecimal.</param>
/// <param name="NotBefore">Beginning of its validity.</param>
/// <param name="NotAfter">End of its validity.</param>
/// <param name="Pem">The certificate itself, which is no secret.</param>
/// <param name="RevokedAt">Since when it is refused; null while it is not. Never taken back.</param>
public sealed record AccountCertificate(
    AccountName Account,
    Fingerprint Fingerprint,
    Fingerprint KeyFingerprint,
    string SerialNumber,
    DateTimeOffset NotBefore,
    DateTimeOffset NotAfter,
    string Pem,
    DateTimeOffset? RevokedAt = null)
{
    /// <summary>Describes a certificate.</summary>
    /// <param name="account">Whose it is.</param>
    /// <param name="certificate">The certificate, already judged.</param>
    public static AccountCertificate Of(AccountName account, X509Certificate2 certificate) => new(
        account,
        Fingerprint.OfCertificate(certificate),
        Fingerprint.OfKey(certificate.PublicKey),
        certificate.SerialNumber,
        CertificateTimes.BeginOf(certificate),
        CertificateTimes.EndOf(certificate),
        certificate.ExportCertificatePem() + "\n");
}
