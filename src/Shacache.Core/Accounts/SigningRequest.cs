using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Shacache.Core.Accounts;

/// <summary>A PKCS#10 certificate request whose key is good enough and whose sender has proved to have the private half.</summary>
/// <remarks>Nothing but the public key is ever taken over from it by itself: subject and extensions are those of the authority (RFC 2986).</remarks>
public sealed class SigningRequest
{
    /// <summary>The longest request, in characters of PEM; RSA-16384 fits.</summary>
    public const int MaxLength = 16 * 1024;

    /// <summary>The shortest RSA key, in bits.</summary>
    public const int MinRsaBits = 2048;

    /// <summary>The longest RSA key, in bits: longer ones take long to verify.</summary>
    public const int MaxRsaBits = 8192;

    private const string Label = "CERTIFICATE REQUEST";
    private const string OldLabel = "NEW CERTIFICATE REQUEST";
    private const string NistP256 = "1.2.840.10045.3.1.7";
    private const string NistP384 = "1.3.132.0.34";

    private SigningRequest(string pem, PublicKey key, string? commonName, string keyDescription)
    {
        Pem = pem;
        Key = key;
        CommonName = commonName;
        KeyDescription = keyDescription;
        KeyFingerprint = Fingerprint.OfKey(key);
    }

    /// <summary>The request itself, without any text around it.</summary>
    public string Pem { get; }

    /// <summary>The one common name of its subject: a wish, and no more than that; null when there is none, or several.</summary>
    public string? CommonName { get; }

    /// <summary>Of its public key.</summary>
    public Fingerprint KeyFingerprint { get; }

    /// <summary>For people: <c>RSA-3072</c>, <c>ECDSA P-256</c>.</summary>
    public string KeyDescription { get; }

    internal PublicKey Key { get; }

    /// <summary>Checks a request: form, the signature by its own key, kind and length of the key. Never throws for bad input.</summary>
    /// <param name="pem">The request as PEM; text around it is ignored.</param>
    /// <param name="request">The request.</param>
    /// <param name="problem">One line that says what is wrong with it.</param>
    public static bool TryParse(string pem, [NotNullWhen(true)] out SigningRequest? request, [NotNullWhen(false)] out string? problem)
    {
        request = null;
        if (pem.Length > MaxLength)
        {
            problem = $"The certificate request is longer than {MaxLength} characters.";
            return false;
        }

        byte[]? der = Find(pem);
        if (der is null)
        {
            problem = "There is no PEM certificate request (BEGIN CERTIFICATE REQUEST) in the text.";
            return false;
        }

        try
        {
            // Checks the signature, too. Extensions are not looked at, since none is taken over.
            var read = CertificateRequest.LoadSigningRequest(
                der, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.Default, RSASignaturePadding.Pkcs1);
            problem = Describe(read.PublicKey, out string description);
            if (problem is null)
            {
                string text = PemEncoding.WriteString(Label, der) + "\n";
                request = new SigningRequest(text, read.PublicKey, CertificateNames.FindCommonName(read.SubjectName), description);
            }
        }
        catch (Exception e) when (e is CryptographicException or NotSupportedException)
        {
            problem = "The certificate request is damaged, or not signed by its own key.";
        }

        return request is not null;
    }

    /// <summary>The first request of the text. Nothing else of it is looked at or kept: some put their private key into the same file.</summary>
    private static byte[]? Find(ReadOnlySpan<char> text)
    {
        while (PemEncoding.TryFind(text, out PemFields fields))
        {
            if (text[fields.Label] is Label or OldLabel)
                return Convert.FromBase64String(text[fields.Base64Data].ToString());
            text = text[fields.Location.End..];
        }

        return null;
    }

    private static string? Describe(PublicKey key, out string description)
    {
        description = "";
        using RSA? rsa = key.GetRSAPublicKey();
        if (rsa is not null)
        {
            description = $"RSA-{rsa.KeySize}";
            return rsa.KeySize is >= MinRsaBits and <= MaxRsaBits
                ? null
                : $"The key of the request is {description}; RSA keys have {MinRsaBits} to {MaxRsaBits} bits here.";
        }

        using ECDsa? ecdsa = key.GetECDsaPublicKey();
        string? curve = ecdsa?.ExportParameters(includePrivateParameters: false).Curve.Oid?.Value;
        description = curve switch { NistP256 => "ECDSA P-256", NistP384 => "ECDSA P-384", _ => "" };
        return description.Length > 0 ? null : "The key of the request is neither RSA nor ECDSA on curve P-256 or P-384.";
    }
}
