using Shacache.Core.Entries;

namespace Shacache.Core.Signing;

/// <summary>What the signatures of an entry prove. It is computed at every use, never stored.</summary>
/// <param name="Signer">The first key of the list that made the SHA-1 signature; null when none did.</param>
/// <param name="Strong">What the stronger signature proves; <see cref="StrongProof.Absent"/> when no known key signed the entry.</param>
/// <param name="Explanation">The verdict in a few words, for people.</param>
public sealed record SignatureVerdict(TrustedKey? Signer, StrongProof Strong, string Explanation)
{
    /// <summary>Verifies the signatures of an entry. Never throws for bad input.</summary>
    public static SignatureVerdict Of(SignedEntry entry, TrustedKeys trusted)
    {
        TrustedKey? signer = trusted.FindSigner(entry);
        if (signer is null)
            return new SignatureVerdict(null, StrongProof.Absent, entry.Signature.Length == 0 ? "not signed" : "not signed by any certificate of the list");
        return StrongSignature.Read(entry.Information, out StrongSignature? strong, out string? problem) switch
        {
            StrongSignatureState.Absent => new SignatureVerdict(signer, StrongProof.Absent, "signed with SHA-1 only"),
            StrongSignatureState.Malformed => new SignatureVerdict(signer, StrongProof.Malformed, $"its stronger signature is malformed: {problem}"),
            _ when strong!.IsSignedBy(signer) => new SignatureVerdict(signer, StrongProof.Valid, "signed with SHA-1 and SHA-512"),
            _ => new SignatureVerdict(signer, StrongProof.Invalid, "its stronger signature does not fit the text and the signer"),
        };
    }

    /// <summary>Whether the signatures satisfy a policy.</summary>
    public bool Satisfies(SignaturePolicy policy) =>
        Signer is not null && (Strong == StrongProof.Valid || (Strong == StrongProof.Absent && policy == SignaturePolicy.Any));
}

/// <summary>Which signatures make an entry trusted: option <c>signature-policy</c> (docs/protocol.md, "Trust").</summary>
public enum SignaturePolicy
{
    /// <summary>SHA-1 alone is enough, as every entry of older clients has it; a stronger signature that is there must be valid.</summary>
    Any,

    /// <summary>A valid stronger signature is demanded as well.</summary>
    Strong,
}
