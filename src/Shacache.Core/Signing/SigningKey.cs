using System.Security.Cryptography;
using System.Text;

namespace Shacache.Core.Signing;

/// <summary>A private key that signs entries: RSA, PKCS#1 v1.5, SHA-1, as every deployed client verifies (docs/protocol.md, "Trust").</summary>
/// <remarks>Not for concurrent use.</remarks>
public sealed class SigningKey : IDisposable
{
    private readonly RSA _key;

    private SigningKey(RSA key) => _key = key;

    /// <summary>Reads an unencrypted PEM key, PKCS#1 (<c>RSA PRIVATE KEY</c>) or PKCS#8 (<c>PRIVATE KEY</c>).</summary>
    /// <exception cref="FormatException">There is no such key in the text.</exception>
    public static SigningKey FromPem(string pem)
    {
        var key = RSA.Create();
        try
        {
            key.ImportFromPem(pem);
            key.ExportParameters(includePrivateParameters: true);
            return new SigningKey(key);
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw new FormatException("no unencrypted RSA private key in PEM form (PKCS#1 or PKCS#8) was found", e);
        }
    }

    /// <summary>Signs the text of an entry.</summary>
    /// <returns>The signature in base64, on one line.</returns>
    public string Sign(string information) =>
        Convert.ToBase64String(_key.SignData(Encoding.UTF8.GetBytes(information), HashAlgorithmName.SHA1, RSASignaturePadding.Pkcs1));

    /// <summary>Whether the list has the public key of this private key, so that what it signs can be read back.</summary>
    public bool IsTrustedBy(TrustedKeys trusted)
    {
        byte[] own = _key.ExportSubjectPublicKeyInfo();
        return trusted.Keys.Any(key => key.ExportPublicKey().AsSpan().SequenceEqual(own));
    }

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();
}
