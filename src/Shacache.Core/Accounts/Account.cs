using System.Runtime.InteropServices;
using System.Security.Cryptography.X509Certificates;

namespace Shacache.Core.Accounts;

/// <summary>Who may write into the cache.</summary>
/// <param name="Name">Its name, which is the common name of its certificates.</param>
/// <param name="Rights">What it may do.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="RevokedAt">Since when it may do nothing; null while it is in force.</param>
/// <param name="DistrustedBefore">
/// When it was last revoked, also after it was approved again; null for never. The store forgets no certificate that it knows to be revoked;
/// this is for those it does not know: one that the operator made elsewhere, valid from before this time, stays refused.
/// </param>
public sealed record Account(
    AccountName Name, AccountRights Rights, DateTimeOffset CreatedAt, DateTimeOffset? RevokedAt = null, DateTimeOffset? DistrustedBefore = null)
{
    /// <summary>Whether it may do nothing.</summary>
    public bool IsRevoked => RevokedAt is not null;

    /// <summary>Whether there was only a revocation of this name, and never an account: both times of it are the same.</summary>
    public bool IsRevocationAlone => RevokedAt == CreatedAt && Rights == AccountRights.None;

    /// <summary>From when on a revocation holds: after the account was made, by a millisecond at least, which is what stores tell apart. Clocks may say otherwise.</summary>
    /// <param name="at">When it is revoked.</param>
    public DateTimeOffset RevokedFrom(DateTimeOffset at)
    {
        DateTimeOffset earliest = CreatedAt.AddMilliseconds(1);
        return IsRevoked || at >= earliest ? at : earliest;
    }
}

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

/// <summary>What an account has used of its bytes of a day.</summary>
/// <param name="Accepted">Whether the bytes were added; otherwise they would have gone beyond the quota and nothing changed.</param>
/// <param name="UsedBytes">Bytes of the day so far, with those that were added.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct AccountUse(bool Accepted, long UsedBytes);

/// <summary>Bytes that an account has used of a day.</summary>
/// <param name="Account">The account.</param>
/// <param name="Day">The day in UTC.</param>
/// <param name="Bytes">How many more; negative for what was given back.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct AccountUseChange(AccountName Account, DateOnly Day, long Bytes);

/// <summary>Reads names of certificates and requests.</summary>
internal static class CertificateNames
{
    private const string CommonName = "2.5.4.3";

    /// <summary>The common name; null when there is none, or several.</summary>
    public static string? FindCommonName(X500DistinguishedName subject)
    {
        List<string> names =
            [.. subject.EnumerateRelativeDistinguishedNames()
                .Where(part => !part.HasMultipleElements && part.GetSingleElementType().Value == CommonName)
                .Select(part => part.GetSingleElementValue() ?? "")];
        return names.Count == 1 ? names[0] : null;
    }
}

/// <summary>The validity of a certificate in UTC; the framework gives local time.</summary>
public static class CertificateTimes
{
    /// <summary>From when on it is valid.</summary>
    public static DateTimeOffset BeginOf(X509Certificate2 certificate) => new(certificate.NotBefore.ToUniversalTime(), TimeSpan.Zero);

    /// <summary>Until when it is valid.</summary>
    public static DateTimeOffset EndOf(X509Certificate2 certificate) => new(certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero);
}
