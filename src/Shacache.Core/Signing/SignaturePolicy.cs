namespace Shacache.Core.Signing;

/// <summary>Which signatures make an entry trusted: option <c>signature-policy</c> (docs/protocol.md, "Trust").</summary>
public enum SignaturePolicy
{
    /// <summary>SHA-1 alone is enough, as every entry of older clients has it; a stronger signature that is there must be valid.</summary>
    Any,

    /// <summary>A valid stronger signature is demanded as well.</summary>
    Strong,
}
