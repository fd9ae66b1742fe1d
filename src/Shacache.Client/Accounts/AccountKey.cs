using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Shacache.Client.Transfers;
using Shacache.Core.Accounts;

namespace Shacache.Client.Accounts;

/// <summary>The private key of an account, in a file that only its owner can read. It never leaves the machine.</summary>
/// <remarks>RSA, which every deployed TLS client can use; keys on an elliptic curve that others made can be used as well.</remarks>
public sealed class AccountKey : IDisposable
{
    /// <summary>Length of new keys, in bits.</summary>
    public const int DefaultBits = 3072;

    private readonly AsymmetricAlgorithm _key;

    private AccountKey(AsymmetricAlgorithm key)
    {
        _key = key;
        Fingerprint = Fingerprint.Of(key.ExportSubjectPublicKeyInfo());
    }

    /// <summary>Of the public key: identifies a request, and can be compared by telephone.</summary>
    public Fingerprint Fingerprint { get; }

    /// <summary>Makes a key and its file. The file is never overwritten; it appears whole, flushed, and readable by its owner only.</summary>
    /// <exception cref="IOException">The file exists, or cannot be written. No partial file is left.</exception>
    public static AccountKey Create(string path)
    {
        PemFile.EnsureFree(path, "private key");
        var key = RSA.Create(DefaultBits);
        try
        {
            PemFile.Create(path, key.ExportPkcs8PrivateKeyPem() + "\n", isSecret: true);
            return new AccountKey(key);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>Reads a private key, PEM, not encrypted.</summary>
    /// <exception cref="FormatException">The file holds no such key.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static AccountKey Load(string path)
    {
        string pem = File.ReadAllText(path);
        return new AccountKey(TryImport(RSA.Create(), pem, out AsymmetricAlgorithm? key) || TryImport(ECDsa.Create(), pem, out key)
            ? key
            : throw new FormatException($"{path} holds no private key that can be used: RSA or elliptic curve, PEM, not encrypted."));
    }

    /// <summary>A request for a certificate of this key (PKCS#10, PEM), to be sent to the operator who grants accounts. Not a secret.</summary>
    /// <param name="name">The account that is asked for.</param>
    public string CreateRequest(AccountName name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName(name.Value);
        CertificateRequest request = _key is RSA rsa
            ? new CertificateRequest(subject.Build(), rsa, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest(subject.Build(), (ECDsa)_key, HashAlgorithmName.SHA256);
        return request.CreateSigningRequestPem() + "\n";
    }

    /// <summary>Whether a certificate is one of this key.</summary>
    public bool IsKeyOf(X509Certificate2 certificate)
    {
        ArgumentNullException.ThrowIfNull(certificate);
        return Fingerprint.OfKey(certificate.PublicKey) == Fingerprint;
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    private static bool TryImport(AsymmetricAlgorithm algorithm, string pem, [NotNullWhen(true)] out AsymmetricAlgorithm? key)
    {
        try
        {
            algorithm.ImportFromPem(pem);
            // A public key alone can be read, too.
            CryptographicOperations.ZeroMemory(algorithm.ExportPkcs8PrivateKey());
            key = algorithm;
            return true;
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            algorithm.Dispose();
            key = null;
            return false;
        }
    }
}
