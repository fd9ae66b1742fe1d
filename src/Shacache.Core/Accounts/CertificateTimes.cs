using System.Security.Cryptography.X509Certificates;

namespace Shacache.Core.Accounts;

/// <summary>The validity of a certificate in UTC; the framework gives local time.</summary>
public static class CertificateTimes
{
    /// <summary>From when on it is valid.</summary>
    public static DateTimeOffset BeginOf(X509Certificate2 certificate) => new(certificate.NotBefore.ToUniversalTime(), TimeSpan.Zero);

    /// <summary>Until when it is valid.</summary>
    public static DateTimeOffset EndOf(X509Certificate2 certificate) => new(certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero);
}
