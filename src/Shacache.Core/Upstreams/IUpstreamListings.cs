using Shacache.Core.Blobs;
using Shacache.Core.Entries;

namespace Shacache.Core.Upstreams;

/// <summary>What other caches list, kept apart from the entries that were put here: theirs are replaced and dropped as they change there.</summary>
/// <remarks>
/// Safe for concurrent use. The two texts of an entry come back character for character. The rules every implementation
/// obeys are tests: UpstreamListingsContract in tests/Shacache.Testing.
/// </remarks>
public interface IUpstreamListings
{
    /// <summary>What is known of a key; null when nothing is.</summary>
    /// <exception cref="EntryStoreException">The backend failed.</exception>
    ValueTask<UpstreamListing?> FindAsync(EntryKey key, CancellationToken cancellationToken);

    /// <summary>Keeps a listing in place of what was known of its key. Its <see cref="UpstreamListing.UsedAt"/> counts for a new key only.</summary>
    /// <remarks>When this returns, the listing survives a crash of the process and a loss of power.</remarks>
    /// <exception cref="StorageFullException">There is no room. What was known stays.</exception>
    /// <exception cref="EntryStoreException">The backend failed. What was known stays.</exception>
    ValueTask ReplaceAsync(UpstreamListing listing, CancellationToken cancellationToken);

    /// <summary>Notes that somebody asked for a key now.</summary>
    /// <exception cref="EntryStoreException">The backend failed.</exception>
    ValueTask NoteUseAsync(EntryKey key, CancellationToken cancellationToken);

    /// <summary>Forgets a key.</summary>
    /// <returns>False when nothing was known of it.</returns>
    /// <exception cref="EntryStoreException">The backend failed.</exception>
    ValueTask<bool> RemoveAsync(EntryKey key, CancellationToken cancellationToken);

    /// <summary>Forgets keys that nobody asked for since a moment. To be called while the clock is right: a use that it has in the future becomes one of now.</summary>
    /// <param name="before">That moment.</param>
    /// <param name="maxCount">The most to forget at once.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>How many were forgotten.</returns>
    /// <exception cref="EntryStoreException">The backend failed.</exception>
    ValueTask<int> RemoveUnusedAsync(DateTimeOffset before, int maxCount, CancellationToken cancellationToken);

    /// <summary>Walks over the keys of which something is known, paged inside.</summary>
    /// <exception cref="EntryStoreException">The backend failed.</exception>
    IAsyncEnumerable<EntryKey> ListKeysAsync(CancellationToken cancellationToken);

    /// <summary>Some of the keys of which something is known. Looks at a bounded number of them, however many there are.</summary>
    /// <param name="query">
    /// Which. With a <see cref="KeyQuery.Since"/>: those of which other caches were asked then or later, since they do not say when an entry was added.
    /// </param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="EntryStoreException">The backend failed.</exception>
    ValueTask<KeyPage> ListKeysAsync(KeyQuery query, CancellationToken cancellationToken);

    /// <summary>Whether anything is known at all. Takes the same time for any number of keys.</summary>
    /// <exception cref="EntryStoreException">The backend failed.</exception>
    ValueTask<bool> AnyAsync(CancellationToken cancellationToken);
}
