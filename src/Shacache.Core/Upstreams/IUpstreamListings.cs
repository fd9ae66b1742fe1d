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

    /// <summary>Notes that a client asked for a key now.</summary>
    /// <exception cref="EntryStoreException">The backend failed.</exception>
    ValueTask NoteUseAsync(EntryKey key, CancellationToken cancellationToken);

    /// <summary>Forgets a key.</summary>
    /// <returns>False when nothing was known of it.</returns>
    /// <exception cref="EntryStoreException">The backend failed.</exception>
    ValueTask<bool> RemoveAsync(EntryKey key, CancellationToken cancellationToken);

    /// <summary>Removes keys that no client asked for since a time. To be called while the clock is right: a use that is in the future becomes one of now.</summary>
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

/// <summary>What another cache lists under a key, as it was last heard.</summary>
/// <param name="Key">The key.</param>
/// <param name="Entries">Its entries in the order in which they came, expired ones included; at least one.</param>
/// <param name="Upstream">The name of who said so.</param>
/// <param name="FetchedAt">When.</param>
/// <param name="AgeWhenFetched">How old it was then already, since the other cache had it from elsewhere.</param>
/// <param name="UsedAt">When a client last asked for it, to a day: what is not asked for any more can be removed.</param>
public sealed record UpstreamListing(
    EntryKey Key, IReadOnlyList<SignedEntry> Entries, string Upstream, DateTimeOffset FetchedAt, TimeSpan AgeWhenFetched, DateTimeOffset UsedAt);
