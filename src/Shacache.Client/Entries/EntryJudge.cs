using Shacache.Client.Configuration;
using Shacache.Client.Errors;
using Shacache.Core.Entries;
using Shacache.Core.Signing;

namespace Shacache.Client.Entries;

/// <summary>Decides whether an entry that a server lists under a key is trusted (docs/protocol.md, "Trust").</summary>
internal sealed class EntryJudge(TrustedKeys trusted, SignaturePolicy policy, KeyBinding keyBinding, TimeProvider timeProvider)
{
    /// <summary>The time by which entries expire.</summary>
    public DateTimeOffset Now => timeProvider.GetUtcNow();

    /// <param name="key">The key that the entry is listed under; null when that is not known, and then it is not judged.</param>
    /// <param name="entry">The entry.</param>
    public SelectedEntry Judge(EntryKey? key, SignedEntry entry)
    {
        var signatures = SignatureVerdict.Of(entry, trusted);
        var binding = BindingProof.Of(key, entry);
        (EntryVerdict verdict, string explanation) = Decide(entry, signatures, binding);
        return new SelectedEntry(entry, verdict, signatures.Signer, explanation) { Strong = signatures.Strong, Binding = binding };
    }

    private (EntryVerdict Verdict, string Explanation) Decide(SignedEntry entry, SignatureVerdict signatures, BindingProof binding)
    {
        if (signatures.Signer is not { } signer)
            return (entry.Signature.Length == 0 ? EntryVerdict.Unsigned : EntryVerdict.UnknownSigner, signatures.Explanation);
        if (!signatures.Satisfies(policy))
            return (signatures.Strong == StrongProof.Absent ? EntryVerdict.Weak : EntryVerdict.Altered, signatures.Explanation);
        if (binding.State == BindingState.Contradicted)
            return (EntryVerdict.OtherKey, binding.Explanation);
        if (binding.State == BindingState.Absent && keyBinding == KeyBinding.Strict)
            return (EntryVerdict.Unbound, $"{binding.Explanation}, and key-binding is strict");
        if (entry.IsExpired(Now))
            return (EntryVerdict.Expired, $"expired on {entry.ExpiresAt:yyyy-MM-dd}");
        return (EntryVerdict.Trusted, $"signed by {OneLine.Of(signer.Subject)}");
    }
}
