namespace Shacache.Core.Blobs;

/// <summary>Sizes and times of blobs, for cleanup and statistics.</summary>
/// <remarks>
/// Never the truth: the blob store is. Notes are taken in memory without waiting and written in batches, so a crash loses the
/// last few seconds of them; a blob that the index lacks is adopted when it is read, and the whole index can be rebuilt from
/// <see cref="IBlobStore.ListAsync"/>. Safe for concurrent use.
/// </remarks>
public interface IBlobIndex
{
    /// <summary>Notes that a blob was stored now, or uploaded again. Returns at once; bounded in memory.</summary>
    void NoteStored(Digest digest, long lengthBytes);

    /// <summary>Notes that a blob was read now, adopting it when unknown. Returns at once; bounded in memory.</summary>
    void NoteRead(Digest digest, long lengthBytes);

    /// <summary>Notes that a blob was deleted. Returns at once.</summary>
    void NoteDeleted(Digest digest);

    /// <summary>Writes what was noted until now.</summary>
    ValueTask FlushAsync(CancellationToken cancellationToken);

    /// <summary>What is known of one blob, null when nothing is. Flushed notes only.</summary>
    ValueTask<BlobUsage?> FindAsync(Digest digest, CancellationToken cancellationToken);

    /// <summary>Totals over the whole index, without a scan. Flushed notes only.</summary>
    ValueTask<BlobTotals> CountAsync(CancellationToken cancellationToken);

    /// <summary>Walks over the index, least recently read first, paged inside. Flushed notes only.</summary>
    IAsyncEnumerable<BlobUsage> ListLeastRecentlyReadAsync(CancellationToken cancellationToken);

    /// <summary>Makes the index agree with the store: adds what it lacks, drops what is gone, keeps the times of the rest.</summary>
    /// <returns>The totals afterwards.</returns>
    ValueTask<BlobTotals> RebuildAsync(IAsyncEnumerable<BlobInfo> blobs, CancellationToken cancellationToken);
}
