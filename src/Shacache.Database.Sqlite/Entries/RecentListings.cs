using System.Collections.Concurrent;
using Shacache.Core.Entries;
using Shacache.Database.Sqlite.Engine;

namespace Shacache.Database.Sqlite.Entries;

/// <summary>What was read of keys a moment ago: the same keys are mostly asked for again and again.</summary>
/// <remarks>
/// A listing is good until the next commit of this process, whatever it changes, until one of its entries expires, and for a second at most,
/// as other processes may write to the file as well. So nothing has to be told what changed. Safe for concurrent use.
/// </remarks>
/// <param name="writer">Knows about commits.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class RecentListings(WriteQueue writer, TimeProvider timeProvider)
{
    /// <summary>How long after a commit of another process its entries may be missing.</summary>
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(1);

    /// <summary>Longest text of one listing, and of all, in characters; then all begin anew.</summary>
    private const int MaxListingLength = 64 * 1024;
    private const int MaxLength = 4 * 1024 * 1024;

    /// <summary>What a listing takes besides its texts.</summary>
    private const int OverheadLength = 256;

    private readonly Lock _clearing = new();
    private ConcurrentDictionary<EntryKey, Listing> _listings = [];
    private int _length;

    /// <summary>Now, as listings are bound to it: to be asked for before the listing is read.</summary>
    public Moment Now => new(writer.Changes, timeProvider.GetTimestamp());

    /// <summary>What is still known of a key; null when it is to be read.</summary>
    public IReadOnlyList<StoredEntry>? Find(EntryKey key, long enoughBytes) =>
        _listings.TryGetValue(key, out Listing? listing) && listing.EnoughBytes == enoughBytes && listing.ReadAt.Changes == writer.Changes &&
        timeProvider.GetElapsedTime(listing.ReadAt.Timestamp) < MaxAge && !(listing.ExpiresAt < timeProvider.GetUtcNow())
            ? listing.Entries
            : null;

    /// <summary>Keeps what was read.</summary>
    public void Add(EntryKey key, long enoughBytes, Moment readAt, IReadOnlyList<StoredEntry> entries)
    {
        int length = OverheadLength;
        DateTimeOffset? expiresAt = null;
        foreach (StoredEntry stored in entries)
        {
            length += OverheadLength + stored.Entry.Information.Length + stored.Entry.Signature.Length;
            if (length > MaxListingLength)
                return;
            if (expiresAt is null || stored.Entry.ExpiresAt < expiresAt)
                expiresAt = stored.Entry.ExpiresAt;
        }

        if (Interlocked.Add(ref _length, length) > MaxLength)
            Clear();
        _listings[key] = new Listing(entries, enoughBytes, readAt, expiresAt);
    }

    private void Clear()
    {
        lock (_clearing)
        {
            if (_length <= MaxLength)
                return;
            _listings = [];
            _length = 0;
        }
    }

    /// <summary>The state of the database, and when it was that.</summary>
    /// <param name="Changes">The number of commits until then.</param>
    /// <param name="Timestamp">When it was looked at.</param>
    internal readonly record struct Moment(long Changes, long Timestamp);

    private sealed record Listing(IReadOnlyList<StoredEntry> Entries, long EnoughBytes, Moment ReadAt, DateTimeOffset? ExpiresAt);
}
