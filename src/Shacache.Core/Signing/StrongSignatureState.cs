namespace Shacache.Core.Signing;

/// <summary>What an entry says about its stronger signature.</summary>
public enum StrongSignatureState
{
    /// <summary>It has none, as every entry of older clients.</summary>
    Absent,

    /// <summary>It has one in the right place and form, which remains to be verified.</summary>
    Present,

    /// <summary>It has something of that name which is no such signature. Such an entry is never trusted.</summary>
    Malformed,
}
