using Shacache.Core.Entries;
using Shacache.Core.Signing;

namespace Shacache.Client;

/// <summary>An entry of a listing with the verdict about it.</summary>
/// <param name="Entry">The entry, its texts as the server sent them.</param>
/// <param name="Verdict">Whether it is trusted.</param>
/// <param name="Signer">The key of the list that verifies its signature; null when none does. Set also when another reason speaks against it.</param>
/// <param name="Explanation">The verdict in a few words, for people.</param>
public sealed record SelectedEntry(SignedEntry Entry, EntryVerdict Verdict, TrustedKey? Signer, string Explanation)
{
    /// <summary>Whether what the entry says may be relied upon.</summary>
    public bool IsTrusted => Verdict == EntryVerdict.Trusted;
}
