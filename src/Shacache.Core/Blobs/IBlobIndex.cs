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

    /// <summary>Walks over the index, least recently read first, paged inside.</summary>
    IAsyncEnumerable<BlobUsage> ListLeastRecentlyReadAsync(CancellationToken cancellationToken);

    /// <summary>Makes the index agree with the store: adds what it lacks, drops what is gone, keeps the times of the rest, and what is written meanwhile.</summary>
    /// <returns>The totals afterwards.</returns>
    ValueTask<BlobTotals> RebuildAsync(IAsyncEnumerable<BlobInfo> blobs, CancellationToken cancellationToken);
}

/// <summary>Is told what happens to blobs. Returns at once; bounded in memory.</summary>
public interface IBlobNotes
{
    /// <summary>Notes that a blob was stored now, or uploaded again.</summary>
    void NoteStored(Digest digest, long lengthBytes);

    /// <summary>Notes that a blob was read now.</summary>
    void NoteRead(Digest digest, long lengthBytes);

    /// <summary>Notes that a blob was deleted.</summary>
    void NoteDeleted(Digest digest);
}

/// <summary>What the index is to learn of one blob: all that was noted of it since the last flush, put together.</summary>
/// <param name="Drop">A row that exists is to go.</param>
/// <param name="Keep">A row is to exist afterwards.</param>
/// <param name="LengthBytes">Length of the blob, when it is kept.</param>
/// <param name="SinceMs">When it was first noted, in milliseconds since 1970.</param>
/// <param name="LastMs">When it was last noted.</param>
[StructLayout(LayoutKind.Auto)]
public readonly record struct BlobNote(bool Drop, bool Keep, long LengthBytes, long SinceMs, long LastMs)
{
    /// <summary>It was read or stored, and is there.</summary>
    public static BlobNote Read(long lengthBytes, long nowMs) => new(Drop: false, Keep: true, lengthBytes, nowMs, nowMs);

    /// <summary>It is gone.</summary>
    public static BlobNote Deleted { get; } = new(Drop: true, Keep: false, 0, 0, 0);

    /// <summary>A reader that opened a blob before its deletion does not bring it back.</summary>
    public BlobNote ThenRead(long lengthBytes, long nowMs) => Drop && !Keep ? this : ThenStored(lengthBytes, nowMs);

    /// <summary>It was stored after that.</summary>
    public BlobNote ThenStored(long lengthBytes, long nowMs) =>
        Keep ? this with { LengthBytes = lengthBytes, LastMs = nowMs } : new BlobNote(Drop, Keep: true, lengthBytes, nowMs, nowMs);

    /// <summary>Both together, this one being the older.</summary>
    public BlobNote Then(BlobNote newer) =>
        newer.Drop || !Keep ? newer with { Drop = Drop || newer.Drop } : this with { LengthBytes = newer.LengthBytes, LastMs = newer.LastMs };
}

/// <summary>A blob as the index knows it.</summary>
/// <param name="Digest">The blob's name.</param>
/// <param name="LengthBytes">Its length in bytes.</param>
/// <param name="StoredAt">When it was stored, or first seen.</param>
/// <param name="LastReadAt">When it was last read or uploaded again; exact to about the index's flush interval.</param>
public readonly record struct BlobUsage(Digest Digest, long LengthBytes, DateTimeOffset StoredAt, DateTimeOffset LastReadAt);

/// <summary>How much the index knows of.</summary>
/// <param name="Count">Number of blobs.</param>
/// <param name="LengthBytes">Their bytes together.</param>
public readonly record struct BlobTotals(long Count, long LengthBytes);
