using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Shacache.Core.Blobs;

namespace Shacache.Core.Signing;

/// <summary>A private key that signs entries: RSA, PKCS#1 v1.5, SHA-1, as every deployed client verifies (docs/protocol.md, "Trust").</summary>
/// <remarks>Safe for concurrent use; signatures are made one after the other.</remarks>
public sealed class SigningKey : IDisposable
{
    /// <summary>Length of new keys, in bits. Deployed clients verify any length.</summary>
    public const int DefaultBits = 3072;

    /// <summary>The shortest new key, in bits. Existing shorter ones can still be read and used.</summary>
    public const int MinGeneratedBits = 2048;

    /// <summary>The longest new key, in bits: longer ones take minutes to make and milliseconds to verify.</summary>
    public const int MaxGeneratedBits = 8192;

    private readonly RSA _key;
    private readonly Lock _gate = new();

    private SigningKey(RSA key) => _key = key;

    /// <summary>Length of the key's modulus, in bits.</summary>
    public int KeyBits => _key.KeySize;

    /// <summary>Makes a new key. A few hundred milliseconds at the default length.</summary>
    /// <param name="bits">Length of the modulus, from <see cref="MinGeneratedBits"/> to <see cref="MaxGeneratedBits"/>, a multiple of 64.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is out of bounds.</exception>
    public static SigningKey Generate(int bits = DefaultBits)
    {
        if (bits is < MinGeneratedBits or > MaxGeneratedBits || bits % 64 != 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(bits), bits, $"A new key has {MinGeneratedBits} to {MaxGeneratedBits} bits, a multiple of 64.");
        }

        return new SigningKey(RSA.Create(bits));
    }

    /// <summary>Reads an unencrypted PEM key, PKCS#1 (<c>RSA PRIVATE KEY</c>) or PKCS#8 (<c>PRIVATE KEY</c>), indented or not.</summary>
    /// <param name="pem">The whole file; text around the key is ignored.</param>
    /// <exception cref="FormatException">There is no such key in the text; the message says in one line what was found.</exception>
    public static SigningKey FromPem(string pem)
    {
        string text = string.Join('\n', pem.Split('\n', StringSplitOptions.TrimEntries));
        if (text.Contains("-----BEGIN ENCRYPTED PRIVATE KEY-----", StringComparison.Ordinal) ||
            text.Contains("Proc-Type: 4,ENCRYPTED", StringComparison.Ordinal))
        {
            throw new FormatException("the private key is encrypted; decrypt it first, for example with: openssl pkey -in KEY -out DECRYPTED");
        }

        var key = RSA.Create();
        try
        {
            key.ImportFromPem(text);
            CryptographicOperations.ZeroMemory(key.ExportRSAPrivateKey());
            return new SigningKey(key);
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new FormatException("no unencrypted RSA private key in PEM form (PKCS#1 or PKCS#8) was found", e);
        }
    }

    /// <summary>The private key as PEM, PKCS#8, unencrypted. To be written to a file that only its owner can read.</summary>
    public string ExportPem()
    {
        lock (_gate)
            return _key.ExportPkcs8PrivateKeyPem() + "\n";
    }

    /// <summary>Signs the text of an entry.</summary>
    /// <param name="information">The text, free of lone surrogates, as every checked entry is.</param>
    /// <returns>The signature in base64, on one line.</returns>
    public string Sign(string information) => Sign(information, HashAlgorithmName.SHA1);

    /// <summary>Signs something long by its SHA-512: RSA, PKCS#1 v1.5, as <see cref="TrustedKey.VerifyDigest"/> verifies it.</summary>
    /// <param name="digest">SHA-512 of what is signed. It must not begin like the text of an entry, or it could pass for one.</param>
    /// <returns>The signature in base64, on one line.</returns>
    public string SignDigest(Digest digest)
    {
        byte[] hash = new byte[Digest.LengthBytes];
        digest.CopyTo(hash);
        lock (_gate)
            return Convert.ToBase64String(_key.SignHash(hash, HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1));
    }

    /// <summary>Whether the list has the public key of this private key, so that what it signs can be read back.</summary>
    public bool IsTrustedBy(TrustedKeys trusted) => trusted.Keys.Any(IsPairOf);

    /// <summary>Whether a trusted key is the public half of this private key.</summary>
    public bool IsPairOf(TrustedKey trusted)
    {
        byte[] own;
        lock (_gate)
            own = _key.ExportSubjectPublicKeyInfo();
        return trusted.ExportPublicKey().AsSpan().SequenceEqual(own);
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    /// <summary>The signature that <see cref="StrongSignature"/> puts into the text, in base64.</summary>
    internal string SignStrong(string information) => Sign(information, HashAlgorithmName.SHA512);

    internal X509Certificate2 SelfSign(X500DistinguishedName name, DateTimeOffset notBefore, DateTimeOffset notAfter)
    {
        var request = new CertificateRequest(name, _key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        lock (_gate)
            return request.CreateSelfSigned(notBefore, notAfter);
    }

    private string Sign(string information, HashAlgorithmName algorithm)
    {
        byte[] signed = Encoding.UTF8.GetBytes(information);
        lock (_gate)
            return Convert.ToBase64String(_key.SignData(signed, algorithm, RSASignaturePadding.Pkcs1));
    }
}
