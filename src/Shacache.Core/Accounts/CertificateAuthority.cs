using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Shacache.Core.Entries;

namespace Shacache.Core.Accounts;

/// <summary>The cache's own certificate authority with its private key: issues client certificates.</summary>
/// <remarks>
/// Judging certificates needs no private key: <see cref="ClientCertificateJudge"/>. Where the files are: <see cref="CertificateAuthorityFiles"/>.
/// Safe for concurrent use; certificates are issued one after the other.
/// </remarks>
public sealed class CertificateAuthority : IDisposable
{
    /// <summary>Length of its key, in bits: old clients verify RSA only.</summary>
    public const int KeyBits = 3072;

    /// <summary>How long a new authority is valid.</summary>
    public const int ValidityYears = 10;

    private const int SerialBytes = 16;
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    /// <summary>Client certificates begin this much earlier, since clocks differ.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    private readonly RSA _key;
    private readonly Lock _gate = new();

    private CertificateAuthority(X509Certificate2 certificate, RSA key)
    {
        Certificate = certificate;
        _key = key;
    }

    /// <summary>How long a client certificate is valid unless told otherwise.</summary>
    public static TimeSpan DefaultValidity { get; } = TimeSpan.FromDays(90);

    /// <summary>The authority's certificate, without the private key. Belongs to this instance.</summary>
    public X509Certificate2 Certificate { get; }

    /// <summary>Makes a new authority: RSA-3072, SHA-256, no further authorities below it, valid for ten years.</summary>
    /// <param name="commonName">Its name, 1 to 64 characters, none of them a control character.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="ArgumentException">The name is empty, too long or holds a control character.</exception>
    public static CertificateAuthority Create(string commonName, TimeProvider time)
    {
        if (string.IsNullOrWhiteSpace(commonName) || commonName.Length > AccountName.MaxLength || commonName.Any(char.IsControl))
            throw new ArgumentException($"The name of an authority has 1 to {AccountName.MaxLength} characters, none of them a control character.", nameof(commonName));
        var key = RSA.Create(KeyBits);
        var request = new CertificateRequest(NameOf(commonName), key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: true, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        DateTimeOffset now = time.GetUtcNow();
        using X509Certificate2 own = request.Create(
            request.SubjectName, X509SignatureGenerator.CreateForRSA(key, RSASignaturePadding.Pkcs1), now - ClockSkew, now.AddYears(ValidityYears), NewSerial());
        return new CertificateAuthority(X509CertificateLoader.LoadCertificate(own.RawData), key);
    }

    /// <summary>Takes an authority from PEM, made by <see cref="Create"/> or with OpenSSL.</summary>
    /// <param name="certificatePem">Its certificate.</param>
    /// <param name="keyPem">Its unencrypted RSA private key.</param>
    /// <exception cref="FormatException">They are no such things, do not belong together, or the certificate is not an authority's; one line says what.</exception>
    public static CertificateAuthority FromPem(string certificatePem, string keyPem)
    {
        X509Certificate2 certificate = ClientCertificateJudge.ReadAuthority(certificatePem);
        var key = RSA.Create();
        try
        {
            key.ImportFromPem(keyPem);
            if (!key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(certificate.PublicKey.ExportSubjectPublicKeyInfo()))
                throw new FormatException("the private key does not belong to the authority's certificate");

            // Fails for a file that holds the public part alone.
            CryptographicOperations.ZeroMemory(key.ExportRSAPrivateKey());
            return new CertificateAuthority(certificate, key);
        }
        catch (Exception e)
        {
            key.Dispose();
            certificate.Dispose();
            if (e is ArgumentException or CryptographicException)
                throw new FormatException("no unencrypted RSA private key in PEM form was found", e);
            throw;
        }
    }

    /// <summary>Issues a client certificate.</summary>
    /// <param name="request">Gives its public key, nothing else.</param>
    /// <param name="account">Becomes the subject.</param>
    /// <param name="validity">How long it is valid; it never outlives the authority.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="ArgumentOutOfRangeException">The validity is not positive.</exception>
    /// <exception cref="InvalidOperationException">The authority itself is no longer valid.</exception>
    public AccountCertificate Issue(SigningRequest request, AccountName account, TimeSpan validity, TimeProvider time)
    {
        (DateTimeOffset begin, DateTimeOffset end) = ValidityFrom(time, validity);
        CertificateRequest issue = NewRequest(account.Value, request.Key, ClientCertificateJudge.ClientAuthentication);
        using X509Certificate2 certificate = Sign(issue, begin, end);
        return AccountCertificate.Of(account, certificate);
    }

    /// <summary>Issues a certificate with which a server speaks TLS, so that clients need no certificate but the authority's.</summary>
    /// <param name="key">The server's public key.</param>
    /// <param name="names">Host names and IP addresses that clients ask for; the first becomes the subject.</param>
    /// <param name="validity">How long it is valid; it never outlives the authority.</param>
    /// <param name="time">The clock.</param>
    /// <returns>The certificate in PEM.</returns>
    /// <exception cref="ArgumentException">There is no name, or one is neither a host name nor an IP address.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The validity is not positive.</exception>
    /// <exception cref="InvalidOperationException">The authority itself is no longer valid.</exception>
    public string IssueServer(PublicKey key, IReadOnlyList<string> names, TimeSpan validity, TimeProvider time)
    {
        ArgumentNullException.ThrowIfNull(key);
        (DateTimeOffset begin, DateTimeOffset end) = ValidityFrom(time, validity);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (string name in names)
        {
            if (IPAddress.TryParse(name, out IPAddress? address))
                alternatives.AddIpAddress(address);
            else if (Uri.CheckHostName(name.StartsWith("*.", StringComparison.Ordinal) ? name[2..] : name) == UriHostNameType.Dns && name.All(char.IsAscii))
                alternatives.AddDnsName(name);
            else
                throw new ArgumentException($"'{EntryInformation.OneLine(name)}' is neither a host name nor an IP address.", nameof(names));
        }

        if (names.Count == 0)
            throw new ArgumentException("A server's certificate needs a name.", nameof(names));
        // A subject is only for people; a long host name does not fit there.
        string subject = names[0].Length <= AccountName.MaxLength ? names[0] : "shacache";
        CertificateRequest issue = NewRequest(subject, key, ServerAuthentication);
        issue.CertificateExtensions.Add(alternatives.Build());
        using X509Certificate2 certificate = Sign(issue, begin, end);
        return certificate.ExportCertificatePem() + "\n";
    }

    /// <summary>The private key as PEM, PKCS#8, unencrypted. To be written to a file that only its owner can read.</summary>
    public string ExportKeyPem()
    {
        lock (_gate)
            return _key.ExportPkcs8PrivateKeyPem() + "\n";
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _key.Dispose();
        Certificate.Dispose();
    }

    private static X500DistinguishedName NameOf(string commonName)
    {
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName(commonName);
        return name.Build();
    }

    private (DateTimeOffset Begin, DateTimeOffset End) ValidityFrom(TimeProvider time, TimeSpan validity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(validity, TimeSpan.Zero);
        DateTimeOffset now = time.GetUtcNow();
        DateTimeOffset earliest = CertificateTimes.BeginOf(Certificate);
        DateTimeOffset latest = CertificateTimes.EndOf(Certificate);
        if (latest <= now)
            throw new InvalidOperationException($"The certificate authority was valid until {latest:u}: make a new one.");
        return (now - ClockSkew > earliest ? now - ClockSkew : earliest, validity < latest - now ? now + validity : latest);
    }

    private CertificateRequest NewRequest(string commonName, PublicKey key, string purpose)
    {
        var issue = new CertificateRequest(NameOf(commonName), key, HashAlgorithmName.SHA256);
        issue.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        issue.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        issue.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], critical: false));
        issue.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(key, critical: false));
        if (Certificate.Extensions.OfType<X509SubjectKeyIdentifierExtension>().FirstOrDefault() is { } authorityKey)
            issue.CertificateExtensions.Add(X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(authorityKey));
        return issue;
    }

    private X509Certificate2 Sign(CertificateRequest issue, DateTimeOffset begin, DateTimeOffset end)
    {
        lock (_gate)
            return issue.Create(Certificate.SubjectName, X509SignatureGenerator.CreateForRSA(_key, RSASignaturePadding.Pkcs1), begin, end, NewSerial());
    }

    /// <summary>Random, so that it cannot be predicted, and no list of issued numbers is needed.</summary>
    private static byte[] NewSerial()
    {
        byte[] serial = RandomNumberGenerator.GetBytes(SerialBytes);
        // Positive and of full length.
        serial[0] = (byte)((serial[0] & 0x7F) | 0x40);
        return serial;
    }
}
