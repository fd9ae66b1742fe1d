using Shacache.Core.Savings;

namespace Shacache.Core.Blobs;

/// <summary>Sizes and times of blobs, for cleanup and statistics.</summary>
/// <remarks>
/// Never the truth: the blob store is. A blob that the index lacks is adopted when it is read, and the whole index can be rebuilt from
/// <see cref="IBlobStore.ListAsync"/>. Where entries are in the same database, those that name a blob which the index knew and learns to be gone are marked
/// (<c>StoredEntry.GoneAt</c>), until the index learns that it is stored again. Safe for concurrent use. Every call may throw <see cref="StorageFullException"/> (no room) and
/// <see cref="BlobStoreException"/> (the backend failed).
/// </remarks>
public interface IBlobIndex
{
    /// <summary>Writes what was noted of some blobs. <see cref="BlobNotes"/> gathers it.</summary>
    /// <param name="notes">At most one of each blob. One that is written again counts what was sent again.</param>
    /// <param name="cancellationToken">Honoured until the change is being made.</param>
    /// <returns>What that spared, which is added to <see cref="ISavings"/> in the same step: at most one of each cache and prefix.</returns>
    ValueTask<IReadOnlyList<Saving>> WriteAsync(IReadOnlyList<KeyValuePair<Digest, BlobNote>> notes, CancellationToken cancellationToken);

    /// <summary>What is known of one blob, null when nothing is.</summary>
    ValueTask<BlobUsage?> FindAsync(Digest digest, CancellationToken cancellationToken);

    /// <summary>Totals over the whole index, without a scan.</summary>
    ValueTask<BlobTotals> CountAsync(CancellationToken cancellationToken);

    /// <summary>Walks over the index in the order in which room is made (<see cref="OrderByAsync"/>), paged inside: least recently used first, unless another order was set.</summary>
    IAsyncEnumerable<BlobUsage> ListLeastRecentlyUsedAsync(CancellationToken cancellationToken);

    /// <summary>Sets the order in which room is made. What is noted from now on is ranked by it at once, all else in small steps with pauses, until this returns.</summary>
    /// <remarks>Cancelled, or ended by a crash, it goes on where it was when it is called again. Until its end, what is not ranked anew goes first, least recently used first.</remarks>
    ValueTask OrderByAsync(EvictionOrder order, CancellationToken cancellationToken);

    /// <summary>Notes that room was made up to a rank: by <see cref="EvictionOrder.Cost"/> nothing that comes later begins below it.</summary>
    ValueTask NoteEvictedAsync(long rank, CancellationToken cancellationToken);

    /// <summary>Moves blobs to the end of the order, without a use of them: for what must stay for long, so that walks do not meet it again and again.</summary>
    ValueTask PostponeAsync(IReadOnlyList<Digest> digests, CancellationToken cancellationToken);

    /// <summary>Those blobs of the whole index that have most of something. Looks at each row, in pages, beside everything else, in memory of <paramref name="limit"/> rows.</summary>
    /// <param name="by">What of.</param>
    /// <param name="limit">How many at most.</param>
    /// <param name="cancellationToken">Stops.</param>
    ValueTask<IReadOnlyList<BlobUsage>> FindTopAsync(BlobTop by, int limit, CancellationToken cancellationToken);

    /// <summary>What of the whole index belongs together, most bytes first. Looks at each row, as <see cref="FindTopAsync"/> does.</summary>
    ValueTask<IReadOnlyList<BlobGroup>> FindTopGroupsAsync(BlobGrouping by, int limit, CancellationToken cancellationToken);

    /// <summary>Blobs that were not compared with their digest since a time, those least recently compared first.</summary>
    /// <param name="before">The time.</param>
    /// <param name="after">Only those after this one in that order; null for the first.</param>
    /// <param name="maxCount">How many at most.</param>
    /// <param name="cancellationToken">Stops.</param>
    ValueTask<IReadOnlyList<BlobDue>> ListDueAsync(DateTimeOffset before, BlobDue? after, int maxCount, CancellationToken cancellationToken);

    /// <summary>How many blobs were not compared with their digest since a time. Counts them: for people who ask.</summary>
    ValueTask<long> CountDueAsync(DateTimeOffset before, CancellationToken cancellationToken);

    /// <summary>Makes the index agree with the store: adds what it lacks, drops what is gone, keeps the times of the rest, and what is written meanwhile.</summary>
    /// <returns>The totals afterwards.</returns>
    ValueTask<BlobTotals> RebuildAsync(IAsyncEnumerable<BlobInfo> blobs, CancellationToken cancellationToken);

    /// <summary>Tells other nodes whether the store is above its limit, and no room can be made. It holds for <see cref="ExhaustionTerm"/>.</summary>
    /// <exception cref="BlobStoreException">The backend failed.</exception>
    ValueTask NoteExhaustionAsync(bool isExhausted, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Whether a node has told so, within that time.</summary>
    /// <exception cref="BlobStoreException">The backend failed.</exception>
    ValueTask<bool> IsExhaustedAsync(CancellationToken cancellationToken) => new(false);

    /// <summary>For how long it is believed what a node told that has died since.</summary>
    static TimeSpan ExhaustionTerm { get; } = TimeSpan.FromSeconds(30);
}

/// <summary>A blob as the index knows it. Times are exact to about the index's flush interval.</summary>
/// <param name="Digest">The blob's name.</param>
/// <param name="LengthBytes">Its length in bytes.</param>
/// <param name="StoredAt">When it was stored, or first seen.</param>
/// <param name="LastUsedAt">When it was last used or uploaded again.</param>
/// <param name="LastShownAt">When a client was last told that it is there, which each use does; 1970 when that is not known.</param>
/// <param name="Uses">How often it was used.</param>
/// <param name="Rank">Its place in the order in which room is made, lowest first.</param>
public readonly record struct BlobUsage(
    Digest Digest, long LengthBytes, DateTimeOffset StoredAt, DateTimeOffset LastUsedAt, DateTimeOffset LastShownAt, long Uses = 0, long Rank = 0);

/// <summary>How much the index knows of.</summary>
/// <param name="Count">Number of blobs.</param>
/// <param name="LengthBytes">Their bytes together.</param>
public readonly record struct BlobTotals(long Count, long LengthBytes);

/// <summary>What blobs may have most of.</summary>
public enum BlobTop
{
    /// <summary>Bytes.</summary>
    Largest,

    /// <summary>Uses.</summary>
    MostRead,

    /// <summary>Bytes, of those that were never used.</summary>
    NeverRead,
}

/// <summary>What blobs may have in common.</summary>
public enum BlobGrouping
{
    /// <summary>The prefix of the keys that they are listed under (<see cref="KeyPrefix"/>).</summary>
    Prefix,

    /// <summary>The account that uploaded them first.</summary>
    Account,
}

/// <summary>Blobs that have something in common.</summary>
/// <param name="Name">What; null when that is not known of them.</param>
/// <param name="Count">How many they are.</param>
/// <param name="LengthBytes">Their bytes together.</param>
/// <param name="Uses">How often they were used, together.</param>
public sealed record BlobGroup(string? Name, long Count, long LengthBytes, long Uses);

/// <summary>A blob that is to be compared with its digest.</summary>
/// <param name="Digest">Its name.</param>
/// <param name="LengthBytes">Its length in bytes.</param>
/// <param name="VerifiedAt">When it was last compared; 1970 for never.</param>
/// <param name="Position">Tells apart those of one time.</param>
public readonly record struct BlobDue(Digest Digest, long LengthBytes, DateTimeOffset VerifiedAt, long Position);
