namespace Shacache.Client.Entries;

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
