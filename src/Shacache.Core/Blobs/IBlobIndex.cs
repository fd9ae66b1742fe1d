using System.Runtime.InteropServices;

namespace Shacache.Core.Blobs;

/// <summary>Sizes and times of blobs, for cleanup and statistics.</summary>
/// <remarks>
/// Never the truth: the blob store is. A blob that the index lacks is adopted when it is read, and the whole index can be rebuilt from
/// <see cref="IBlobStore.ListAsync"/>. Safe for concurrent use. Every call may throw <see cref="StorageFullException"/> (no room) and
/// <see cref="BlobStoreException"/> (the backend failed).
/// </remarks>
public interface IBlobIndex
{
    /// <summary>Writes what was noted of some blobs. <see cref="BlobNotes"/> gathers it.</summary>
    /// <param name="notes">At most one of each blob. To write one again does no harm.</param>
    /// <param name="cancellationToken">Honoured until the change is being made.</param>
    ValueTask WriteAsync(IReadOnlyList<KeyValuePair<Digest, BlobNote>> notes, CancellationToken cancellationToken);

    /// <summary>What is known of one blob, null when nothing is.</summary>
    ValueTask<BlobUsage?> FindAsync(Digest digest, CancellationToken cancellationToken);

    /// <summary>Totals over the whole index, without a scan.</summary>
    ValueTask<BlobTotals> CountAsync(CancellationToken cancellationToken);

    /// <summary>Walks over the index, least recently used first, paged inside.</summary>
    IAsyncEnumerable<BlobUsage> ListLeastRecentlyUsedAsync(CancellationToken cancellationToken);

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
}

/// <summary>Is told what happens to blobs. Returns at once; bounded in memory.</summary>
public interface IBlobNotes
{
    /// <summary>Notes that a blob was stored now, or uploaded again.</summary>
    void NoteStored(Digest digest, long lengthBytes);

    /// <summary>Notes that a client was told now that a blob is there. That is no use of it, but the blob is to stay for a while.</summary>
    /// <param name="digest">The blob.</param>
    /// <param name="lengthBytes">Its length; null when it is not known, so that the index does not adopt it.</param>
    void NoteShown(Digest digest, long? lengthBytes);

    /// <summary>Notes that a blob was used now: most of it was sent.</summary>
    void NoteUsed(Digest digest, long lengthBytes);

    /// <summary>Notes that a blob was deleted.</summary>
    void NoteDeleted(Digest digest);

    /// <summary>Notes that the bytes of a blob were compared with its digest now, and found right.</summary>
    void NoteVerified(Digest digest)
    {
    }

    /// <summary>Notes that a blob was deleted since somebody wanted it so, and not for being damaged.</summary>
    void NoteRemoved(Digest digest) => NoteDeleted(digest);
}

/// <summary>What the index is to learn of one blob: all that was noted of it since the last flush, put together.</summary>
/// <param name="Drop">A row that exists is to go.</param>
/// <param name="Keep">A row is to exist afterwards.</param>
/// <param name="LengthBytes">Length of the blob, when it is kept; null when it is not known.</param>
/// <param name="SinceMs">When it was first noted, in milliseconds since 1970.</param>
/// <param name="UsedMs">When it was last used or stored; 0 when it was only shown.</param>
/// <param name="ShownMs">When it was last shown, used or stored.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct BlobNote(bool Drop, bool Keep, long? LengthBytes, long SinceMs, long UsedMs, long ShownMs)
{
    /// <summary>When its bytes were last compared with its digest; 0 when they were not.</summary>
    public long VerifiedMs { get; init; }

    /// <summary>It is gone.</summary>
    public static BlobNote Deleted { get; } = new(Drop: true, Keep: false, LengthBytes: null, 0, 0, 0);

    /// <summary>It was used or stored, and is there.</summary>
    public static BlobNote Used(long lengthBytes, long nowMs) => new(Drop: false, Keep: true, lengthBytes, nowMs, nowMs, nowMs);

    /// <summary>It was stored, so that its bytes are right.</summary>
    public static BlobNote Stored(long lengthBytes, long nowMs) => Used(lengthBytes, nowMs) with { VerifiedMs = nowMs };

    /// <summary>Its bytes were found right. That is no use, and adopts nothing.</summary>
    public static BlobNote Verified(long nowMs) => new(Drop: false, Keep: true, LengthBytes: null, nowMs, UsedMs: 0, ShownMs: 0) { VerifiedMs = nowMs };

    /// <summary>A client was told that it is there.</summary>
    public static BlobNote Shown(long? lengthBytes, long nowMs) => new(Drop: false, Keep: true, lengthBytes, nowMs, UsedMs: 0, nowMs);

    /// <summary>This was noted after that. A reader that opened a blob before its deletion does not bring it back.</summary>
    public BlobNote ThenRead(BlobNote read) => Drop && !Keep ? this : Then(read);

    /// <summary>Both together, this one being the older.</summary>
    public BlobNote Then(BlobNote newer) => newer.Drop || !Keep
        ? newer with { Drop = Drop || newer.Drop }
        : this with { LengthBytes = newer.LengthBytes ?? LengthBytes, UsedMs = Math.Max(UsedMs, newer.UsedMs), ShownMs = Math.Max(ShownMs, newer.ShownMs), VerifiedMs = Math.Max(VerifiedMs, newer.VerifiedMs) };
}

/// <summary>A blob as the index knows it. Times are exact to about the index's flush interval.</summary>
/// <param name="Digest">The blob's name.</param>
/// <param name="LengthBytes">Its length in bytes.</param>
/// <param name="StoredAt">When it was stored, or first seen.</param>
/// <param name="LastUsedAt">When it was last used or uploaded again.</param>
/// <param name="LastShownAt">When a client was last told that it is there, which each use does; 1970 when that is not known.</param>
public readonly record struct BlobUsage(
    Digest Digest, long LengthBytes, DateTimeOffset StoredAt, DateTimeOffset LastUsedAt, DateTimeOffset LastShownAt);

/// <summary>How much the index knows of.</summary>
/// <param name="Count">Number of blobs.</param>
/// <param name="LengthBytes">Their bytes together.</param>
public readonly record struct BlobTotals(long Count, long LengthBytes);

/// <summary>A blob that is to be compared with its digest.</summary>
/// <param name="Digest">Its name.</param>
/// <param name="LengthBytes">Its length in bytes.</param>
/// <param name="VerifiedAt">When it was last compared; 1970 for never.</param>
/// <param name="Position">Tells apart those of one time.</param>
public readonly record struct BlobDue(Digest Digest, long LengthBytes, DateTimeOffset VerifiedAt, long Position);
