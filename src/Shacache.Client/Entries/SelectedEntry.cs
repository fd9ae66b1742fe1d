using Shacache.Core.Entries;
using Shacache.Core.Signing;

namespace Shacache.Client.Entries;

/// <summary>An entry of a listing with the verdict about it, and the proofs on which that rests.</summary>
/// <param name="Entry">The entry, its texts as the server sent them.</param>
/// <param name="Verdict">Whether it is trusted.</param>
/// <param name="Signer">
/// The key of the list that verifies its SHA-1 signature, with subject, fingerprint and position of its certificate; null when none does. Set also
/// when another reason speaks against the entry.
/// </param>
/// <param name="Explanation">The verdict in a few words, for people.</param>
public sealed record SelectedEntry(SignedEntry Entry, EntryVerdict Verdict, TrustedKey? Signer, string Explanation)
{
    /// <summary>What its stronger signature <c>sig2</c> proves; absent also when no known key signed the entry.</summary>
    public required StrongProof Strong { get; init; }

    /// <summary>What ties it to the key that it is listed under.</summary>
    public required BindingProof Binding { get; init; }

    /// <summary>Whether what the entry says may be relied upon.</summary>
    public bool IsTrusted => Verdict == EntryVerdict.Trusted;
}

/// <summary>Whether an entry is trusted, and if not, why.</summary>
public enum EntryVerdict
{
    /// <summary>A key of the list signed it, and nothing in it speaks against the key it is listed under.</summary>
    Trusted,

    /// <summary>It carries no signature.</summary>
    Unsigned,

    /// <summary>No key of the list verifies its signature.</summary>
    UnknownSigner,

    /// <summary>It is signed, but its stronger signature <c>sig2</c> is malformed or does not fit: altered, or put together.</summary>
    Altered,

    /// <summary>It is signed with SHA-1 only, and the configuration demands the stronger signature.</summary>
    Weak,

    /// <summary>It is signed, but says itself that it belongs under another key: a replay.</summary>
    OtherKey,

    /// <summary>It is signed, but nothing in it proves that it belongs under this key, and the configuration demands that.</summary>
    Unbound,

    /// <summary>It is signed, but past its own <c>expiration_date</c>.</summary>
    Expired,
}
