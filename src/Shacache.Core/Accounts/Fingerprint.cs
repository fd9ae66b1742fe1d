using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Shacache.Core.Accounts;

/// <summary>A SHA-256, written as 64 lower-case hexadecimal digits: of a certificate, of a public key or of a token.</summary>
public sealed record Fingerprint
{
    private const int HexLength = 2 * SHA256.HashSizeInBytes;
    private const int SpokenDigits = 32;
    private const int GroupDigits = 4;

    private Fingerprint(string hex) => Value = hex;

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public string Value { get; }

    /// <summary>Hashes bytes.</summary>
    public static Fingerprint Of(ReadOnlySpan<byte> bytes) => new(Convert.ToHexStringLower(SHA256.HashData(bytes)));

    /// <summary>Takes a hash that was made before.</summary>
    /// <param name="hash">32 bytes.</param>
    /// <exception cref="ArgumentException">It is of another length.</exception>
    public static Fingerprint FromHash(ReadOnlySpan<byte> hash) =>
        hash.Length == SHA256.HashSizeInBytes
            ? new Fingerprint(Convert.ToHexStringLower(hash))
            : throw new ArgumentException($"A SHA-256 has {SHA256.HashSizeInBytes} bytes, not {hash.Length}.", nameof(hash));

    /// <summary>Of a whole certificate (its DER form), as browsers and OpenSSL show it.</summary>
    public static Fingerprint OfCertificate(X509Certificate2 certificate) => Of(certificate.RawDataMemory.Span);

    /// <summary>Of a public key (its SubjectPublicKeyInfo in DER form): the same in a request and in the certificates made from it.</summary>
    public static Fingerprint OfKey(PublicKey key) => Of(key.ExportSubjectPublicKeyInfo());

    /// <summary>Reads one: 64 hexadecimal digits in either case, with or without colons, hyphens or spaces between.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Fingerprint? fingerprint)
    {
        string hex = string.Concat(text.Where(c => c is not (':' or '-' or ' '))).ToLowerInvariant();
        fingerprint = hex.Length == HexLength && hex.All(char.IsAsciiHexDigitLower) ? new Fingerprint(hex) : null;
        return fingerprint is not null;
    }

    /// <summary>Its first 128 bits in groups of four digits, to be compared by voice: another key with the same digits cannot be found.</summary>
    public string ToSpoken() => string.Join(' ', Value[..SpokenDigits].Chunk(GroupDigits).Select(group => new string(group)));

    /// <summary>Its 32 bytes.</summary>
    public byte[] ToHash() => Convert.FromHexString(Value);

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override string ToString() => Value;
}
