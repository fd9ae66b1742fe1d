using System.Security.Cryptography;
using System.Text;
using Shacache.Core.Entries;

namespace Shacache.Core.Signing;

/// <summary>What one trusted key says about the signatures of an entry, and why.</summary>
/// <param name="Key">The key, with subject, fingerprint and position of its certificate.</param>
/// <param name="IsSigner">Whether it made the SHA-1 signature.</param>
/// <param name="SignatureExplanation">Why, or why not, in a few words.</param>
/// <param name="Strong">What the stronger signature proves when it is held against this key.</param>
/// <param name="StrongExplanation">Why, in a few words.</param>
public sealed record SignatureExamination(TrustedKey Key, bool IsSigner, string SignatureExplanation, StrongProof Strong, string StrongExplanation)
{
    /// <summary>Holds an entry against every key of a list, not only up to the first that fits. Never throws for bad input.</summary>
    public static IReadOnlyList<SignatureExamination> Of(SignedEntry entry, TrustedKeys trusted)
    {
        StrongSignatureState state = StrongSignature.Read(entry.Information, out StrongSignature? strong, out string? problem);
        return [.. trusted.Keys.Select(key =>
        {
            (bool isSigner, string signature) = Examine(entry, key);
            (StrongProof proof, string explanation) = state switch
            {
                StrongSignatureState.Absent => (StrongProof.Absent, "it has none"),
                StrongSignatureState.Malformed => (StrongProof.Malformed, problem!),
                _ when strong!.IsSignedBy(key) => (StrongProof.Valid, "SHA-512 over this very text"),
                _ => (StrongProof.Invalid, "made by another key, or the text was changed"),
            };
            return new SignatureExamination(key, isSigner, signature, proof, explanation);
        })];
    }

    private static (bool IsSigner, string Explanation) Examine(SignedEntry entry, TrustedKey key)
    {
        if (!EntrySignature.TryDecode(entry.Signature, out byte[] signature))
            return (false, "the signature is not base64");
        if (signature.Length == 0)
            return (false, "the entry is not signed");
        if (key.Verify(Encoding.UTF8.GetBytes(entry.Information), signature, HashAlgorithmName.SHA1))
            return (true, "SHA-1 over this very text");
        // PKCS#1: a signature is as long as the modulus.
        int expectedBytes = (key.KeyBits + 7) / 8;
        return (false, signature.Length == expectedBytes
            ? "made by another key, or the text was changed"
            : $"made by another key: it has {signature.Length * 8} bits, this key {key.KeyBits}");
    }
}
