using Shacache.Core.Signing;

namespace Shacache.Http.Policy;

/// <summary>Which entries the directory accepts beyond well-formed ones. Everything is off by default: the clients verify, and old entries prove little.</summary>
public sealed class EntryPolicyOptions
{
    /// <summary>Only entries that one of these keys signed are accepted; null for all.</summary>
    public TrustedKeys? RequiredSigners { get; set; }

    /// <summary>Entries that one of these keys signed are protected from others when a key has too many; those of <see cref="RequiredSigners"/> are, too.</summary>
    public TrustedKeys ProtectedSigners { get; set; } = TrustedKeys.None;

    /// <summary>Only entries are accepted whose content is stored here.</summary>
    public bool RequireBlob { get; set; }

    /// <summary>Only entries are accepted that prove to belong under their key.</summary>
    public bool RequireKeyBinding { get; set; }

    /// <summary>Entries that one key may have; 0 for any number.</summary>
    public int MaxEntriesPerKey { get; set; }
}
