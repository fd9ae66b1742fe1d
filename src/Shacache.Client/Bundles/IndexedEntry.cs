using Shacache.Core.Blobs;
using Shacache.Core.Entries;

namespace Shacache.Client.Bundles;

/// <summary>What the index says of an entry.</summary>
/// <param name="Number">Its place among the entries, from 0.</param>
/// <param name="Offset">Where its bytes begin.</param>
/// <param name="LengthBytes">How many they are.</param>
/// <param name="Digest">Their SHA-512.</param>
/// <param name="Content">The content that it names: its place among the contents, from 0.</param>
/// <param name="Name">The key as one path segment of a URL.</param>
internal readonly record struct IndexedEntry(int Number, long Offset, int LengthBytes, Digest Digest, int Content, string Name)
{
    /// <summary>The key; null when it is no legal one.</summary>
    public EntryKey? FindKey(out string? problem) => EntryKey.TryParsePathSegment(Name, out EntryKey? key, out problem) ? key : null;
}
