using Shacache.Core.Blobs;

namespace Shacache.Core.Entries;

/// <summary>Signed entries by key (docs/protocol.md, "Directory").</summary>
/// <remarks>
/// Safe for concurrent use. The two texts of an entry come back character for character. The rules every implementation
/// obeys are tests: EntryStoreContract in tests/Shacache.Testing.
/// </remarks>
public interface IEntryStore
{
    /// <summary>Lists an entry under a key, however many there are; the identical pair of texts under the same key is listed once.</summary>
    /// <inheritdoc cref="AddAsync(EntryKey, SignedEntry, EntryRoom, CancellationToken)"/>
    ValueTask<EntryAddition> AddAsync(EntryKey key, SignedEntry entry, CancellationToken cancellationToken) =>
        AddAsync(key, entry, room: null, cancellationToken);

    /// <summary>Lists an entry under a key; the identical pair of texts under the same key is listed once.</summary>
    /// <remarks>
    /// That its content was taken away is forgotten: like a new one, it may come before its content.
    /// When this returns, the entry survives a crash of the process and a loss of power. The addition and what goes for it are
    /// one step: a listing made at the same time never has more entries than the limit allows.
    /// </remarks>
    /// <param name="key">The key.</param>
    /// <param name="entry">The entry.</param>
    /// <param name="room">How many the key may have, and what may go; null for any number. <see cref="EntryLimit"/> makes one.</param>
    /// <param name="cancellationToken">Honoured until the change is being made.</param>
    /// <exception cref="StorageFullException">There is no room. Nothing was added.</exception>
    /// <exception cref="EntryStoreException">The backend failed. Nothing was added.</exception>
    ValueTask<EntryAddition> AddAsync(EntryKey key, SignedEntry entry, EntryRoom? room, CancellationToken cancellationToken);

    /// <summary>The entries of a key that have not expired, newest first; empty when there are none.</summary>
    /// <exception cref="EntryStoreException">The backend failed.</exception>
    ValueTask<IReadOnlyList<StoredEntry>> ListAsync(EntryKey key, CancellationToken cancellationToken) => ListAsync(key, long.MaxValue, cancellationToken);

    /// <summary>The newest entries of a key that have not expired, newest first: at least one, and no further ones once their texts are as long as <paramref name="enoughBytes"/>.</summary>
    /// <inheritdoc cref="ListAsync(EntryKey, CancellationToken)"/>
    ValueTask<IReadOnlyList<StoredEntry>> ListAsync(EntryKey key, long enoughBytes, CancellationToken cancellationToken);

    /// <summary>How many entries of a key have not expired.</summary>
    /// <exception cref="EntryStoreException">The backend failed.</exception>
    ValueTask<int> CountAsync(EntryKey key, CancellationToken cancellationToken);

    /// <summary>The entries of a key that have not expired, oldest first, until the caller stops, in pages.</summary>
    /// <exception cref="EntryStoreException">The backend failed.</exception>
    IAsyncEnumerable<StoredEntry> ListOldestFirstAsync(EntryKey key, CancellationToken cancellationToken);

    /// <summary>The entries of any key that were added last and have not expired, newest first. Takes the same time for any number of entries.</summary>
    /// <param name="maxCount">How many, at most.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="EntryStoreException">The backend failed.</exception>
    ValueTask<IReadOnlyList<StoredEntry>> ListNewestAsync(int maxCount, CancellationToken cancellationToken);

    /// <summary>Removes one entry from a key.</summary>
    /// <returns>False when it was not there.</returns>
    /// <exception cref="EntryStoreException">The backend failed.</exception>
    ValueTask<bool> DeleteAsync(EntryKey key, SignedEntry entry, CancellationToken cancellationToken);

    /// <summary>Some of the keys that have entries which have not expired, and whose content was not taken away. Looks at a bounded number of keys, however many there are.</summary>
    /// <param name="query">Which. Of a key with a <see cref="KeyQuery.Since"/>, an entry that has not expired was added then or later.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="EntryStoreException">The backend failed.</exception>
    ValueTask<KeyPage> ListKeysAsync(KeyQuery query, CancellationToken cancellationToken);

    /// <summary>Walks over every entry, expired ones included, oldest first, paged inside. For maintenance.</summary>
    /// <exception cref="EntryStoreException">The backend failed.</exception>
    IAsyncEnumerable<StoredEntry> EnumerateAsync(CancellationToken cancellationToken);

    /// <summary>The entries, expired ones included, that point to a blob.</summary>
    /// <exception cref="EntryStoreException">The backend failed.</exception>
    IAsyncEnumerable<StoredEntry> FindByDigestAsync(Digest digest, CancellationToken cancellationToken);

    /// <summary>The entries of releases, expired ones included, whose relocation map or requirements are a blob (docs/relocation.md, "The documents").</summary>
    /// <exception cref="EntryStoreException">The backend failed.</exception>
    IAsyncEnumerable<StoredEntry> FindByDocumentAsync(Digest digest, CancellationToken cancellationToken);
}

/// <summary>An entry with its place in a store.</summary>
/// <param name="Key">The key it is listed under.</param>
/// <param name="Entry">The signed pair, as it was received.</param>
/// <param name="AddedAt">When it was added.</param>
/// <param name="GoneAt">When its content was taken away, as far as is known; null when nothing says so. The content may be back since.</param>
public sealed record StoredEntry(EntryKey Key, SignedEntry Entry, DateTimeOffset AddedAt, DateTimeOffset? GoneAt = null);

/// <summary>How an addition ended. Unless it is <see cref="KeyFull"/>, the entry is listed, and durable.</summary>
public enum EntryAddition
{
    /// <summary>The entry is new.</summary>
    Added,

    /// <summary>The identical pair was listed under this key before; nothing changed.</summary>
    AlreadyListed,

    /// <summary>There is no room under the key, and not enough that may go; nothing changed (<see cref="EntryLimit"/>).</summary>
    KeyFull,
}

/// <summary>An entry backend failed. The backend's own exception is the inner one.</summary>
public class EntryStoreException : Exception
{
    /// <summary>Creates it.</summary>
    /// <param name="message">What was tried and what was found, for the operator.</param>
    /// <param name="innerException">The backend's own exception.</param>
    public EntryStoreException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>Whether the backend is away and may be back soon: the same may be tried again then.</summary>
    public bool IsAway { get; init; }
}
