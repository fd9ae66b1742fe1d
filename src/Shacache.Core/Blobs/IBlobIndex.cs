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
