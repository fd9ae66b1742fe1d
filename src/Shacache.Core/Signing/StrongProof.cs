namespace Shacache.Core.Signing;

/// <summary>What the stronger signature of an entry proves.</summary>
public enum StrongProof
{
    /// <summary>The entry has none.</summary>
    Absent,

    /// <summary>It is the signer's.</summary>
    Valid,

    /// <summary>It is not the signer's, or not over this text: the entry was altered or put together. Never trusted.</summary>
    Invalid,

    /// <summary>It is no signature at all, or not in its place. Never trusted.</summary>
    Malformed,
}
