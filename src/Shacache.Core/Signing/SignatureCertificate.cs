using System.Security.Cryptography.X509Certificates;

namespace Shacache.Core.Signing;

/// <summary>Makes the certificate that carries a signing key's public half into the lists of those who trust it.</summary>
public static class SignatureCertificate
{
    /// <summary>The longest common name, in characters: what X.520 allows, and OpenSSL enforces.</summary>
    public const int MaxCommonNameLength = 64;

    /// <summary>How long a new certificate says that it is valid. Clients ignore it (docs/protocol.md, "Trust").</summary>
    public const int ValidityYears = 100;

    /// <summary>Creates a self-signed certificate (SHA-256) for the key.</summary>
    /// <param name="key">The key; its public half goes into the certificate.</param>
    /// <param name="commonName">Who signs, by convention the <c>computer_id</c>: 1 to 64 characters, no control characters.</param>
    /// <param name="now">The beginning of the validity, to the second.</param>
    /// <returns>The certificate as PEM, with a line feed at its end.</returns>
    /// <exception cref="ArgumentException">The name is empty, too long or holds a control character.</exception>
    public static string CreatePem(SigningKey key, string commonName, DateTimeOffset now)
    {
        if (string.IsNullOrWhiteSpace(commonName) || commonName.Length > MaxCommonNameLength || commonName.Any(char.IsControl))
        {
            throw new ArgumentException(
                $"A common name has 1 to {MaxCommonNameLength} characters, none of them a control character.", nameof(commonName));
        }

        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName(commonName);
        using X509Certificate2 certificate = key.SelfSign(name.Build(), now, now.AddYears(ValidityYears));
        return certificate.ExportCertificatePem() + "\n";
    }
}
