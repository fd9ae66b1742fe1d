using Shacache.Core.Blobs;
using Shacache.Core.Entries;

namespace Shacache.Core.Upstreams;

/// <summary>Something that was put here and is to be sent to another cache as well.</summary>
/// <param name="Id">Its number, never used twice.</param>
/// <param name="Upstream">The name of who is to get it.</param>
/// <param name="Digest">The content; that of the entry, when it is one.</param>
/// <param name="Key">The key of an entry; null for content.</param>
/// <param name="Entry">The entry; null for content.</param>
/// <param name="QueuedAt">Since when it waits.</param>
/// <param name="Attempts">How often it was sent in vain.</param>
/// <param name="DueAt">When it is sent next.</param>
/// <param name="RefusedAt">When it was refused for good; null while it waits.</param>
/// <param name="Problem">What went wrong last; null for nothing.</param>
public sealed record ForwardItem(
    long Id,
    string Upstream,
    Digest Digest,
    EntryKey? Key,
    SignedEntry? Entry,
    DateTimeOffset QueuedAt,
    int Attempts,
    DateTimeOffset DueAt,
    DateTimeOffset? RefusedAt,
    string? Problem);
