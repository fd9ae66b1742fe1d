namespace Shacache.Core.Entries;

/// <summary>An entry with its place in a store.</summary>
/// <param name="Key">The key it is listed under.</param>
/// <param name="Entry">The signed pair, as it was received.</param>
/// <param name="AddedAt">When it was added.</param>
public sealed record StoredEntry(EntryKey Key, SignedEntry Entry, DateTimeOffset AddedAt);
