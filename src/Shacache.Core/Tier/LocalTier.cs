using Shacache.Core.Blobs;

namespace Shacache.Core.Tier;

/// <summary>What a node keeps on its own disk of content that is stored elsewhere: verified, bounded, evicted by recent use, and of no loss when it is gone.</summary>
/// <remarks>No trouble with it reaches a reader: what cannot be opened is not there, and what cannot be kept is not kept. Safe for concurrent use.</remarks>
public sealed class LocalTier : IAsyncDisposable
{
    private readonly IBlobStore _files;
    private readonly IBlobIndex _index;
    private readonly BlobNotes _notes;
    private readonly IndexedBlobStore _blobs;

    /// <param name="files">The files. One that is damaged counts as absent.</param>
    /// <param name="index">What is known of them; of this node alone.</param>
    /// <param name="budget">How much may be kept. Its grace is zero: no client relies on what is here.</param>
    /// <param name="time">The clock.</param>
    public LocalTier(IBlobStore files, IBlobIndex index, StoreBudget budget, TimeProvider time)
    {
        _files = files;
        _index = index;
        Budget = budget;
        _notes = new BlobNotes(index, time);
        _blobs = new IndexedBlobStore(files, _notes);
        Eviction = new BlobEviction(_blobs, index, _notes, budget, new NothingKept(), time);
    }

    /// <summary>How much may be kept.</summary>
    public StoreBudget Budget { get; }

    /// <summary>Makes room; nothing does unless it is told to.</summary>
    public BlobEviction Eviction { get; }

    /// <summary>Whether the index may lack some files, as after a crash. <see cref="RebuildIndexAsync"/> ends that.</summary>
    public bool IsIndexInDoubt { get; set; }

    /// <summary>What is kept now, nearly.</summary>
    /// <exception cref="BlobStoreException">The index failed.</exception>
    public ValueTask<BlobTotals> CountAsync(CancellationToken cancellationToken) => _index.CountAsync(cancellationToken);

    /// <summary>Opens what is kept of a blob, which is a use of it.</summary>
    /// <returns>Null when nothing is kept, or when it cannot be read.</returns>
    public ValueTask<IBlob?> OpenAsync(Digest digest, CancellationToken cancellationToken)
    {
        try
        {
            ValueTask<IBlob?> opening = _blobs.OpenAsync(digest, cancellationToken);
            return opening.IsCompletedSuccessfully ? new ValueTask<IBlob?>(Used(opening.Result)) : OpenLaterAsync(opening);
        }
        catch (BlobStoreException)
        {
            return new ValueTask<IBlob?>((IBlob?)null);
        }
    }

    /// <summary>Whether a blob is kept.</summary>
    public async ValueTask<bool> HasAsync(Digest digest, CancellationToken cancellationToken)
    {
        try
        {
            return await _files.ExistsAsync(digest, cancellationToken).ConfigureAwait(false);
        }
        catch (BlobStoreException)
        {
            return false;
        }
    }

    /// <summary>Compares what is kept of a blob with its name; what is damaged is not kept.</summary>
    /// <returns>Whether it is kept, and right.</returns>
    public async ValueTask<bool> VerifyAsync(Digest digest, CancellationToken cancellationToken)
    {
        try
        {
            return await _blobs.VerifyAsync(digest, cancellationToken).ConfigureAwait(false);
        }
        catch (BlobStoreException)
        {
            return false;
        }
    }

    /// <summary>Keeps a blob no longer; neither a crash nor a loss of power brings it back.</summary>
    /// <exception cref="BlobStoreException">The disk failed: it may still be here.</exception>
    public async ValueTask ForgetAsync(Digest digest, CancellationToken cancellationToken)
    {
        // Most of what is removed anywhere is not here.
        if (await _files.ExistsAsync(digest, cancellationToken).ConfigureAwait(false))
            await _blobs.PurgeAsync(digest, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Keeps nothing of what is here. Reads the whole tier; what comes meanwhile may stay.</summary>
    /// <exception cref="BlobStoreException">The disk failed: some of it may still be here.</exception>
    public async Task ClearAsync(CancellationToken cancellationToken)
    {
        await foreach (BlobInfo blob in _files.ListAsync(cancellationToken).ConfigureAwait(false))
            await _blobs.DeleteAsync(blob.Digest, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Keeps the tier within its limits until it is cancelled, and makes its index right first.</summary>
    /// <param name="onFailure">Told of a failure of the disk; it is tried again.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(Action<BlobStoreException> onFailure, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(onFailure);
        try
        {
            if (IsIndexInDoubt)
                await RebuildIndexAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (BlobStoreException e)
        {
            // What the index lacks stays until it is read, or until the next start.
            onFailure(e);
        }

        await Eviction.RunAsync(onFailure, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Makes the index agree with the files.</summary>
    /// <exception cref="BlobStoreException">The disk failed.</exception>
    public async ValueTask RebuildIndexAsync(CancellationToken cancellationToken)
    {
        await _notes.FlushAsync(cancellationToken).ConfigureAwait(false);
        await _index.RebuildAsync(_files.ListAsync(cancellationToken), cancellationToken).ConfigureAwait(false);
        IsIndexInDoubt = false;
    }

    /// <summary>Where a fill puts what it brings.</summary>
    internal IBlobStore Target => _blobs;

    /// <summary>Notes that a file was found damaged, and is gone.</summary>
    public void NoteDamaged(Digest digest) => _notes.NoteDeleted(digest);

    /// <summary>Writes what was noted, as far as that is possible. The files and the index are their owner's.</summary>
    public ValueTask DisposeAsync() => _notes.DisposeAsync();

    private async ValueTask<IBlob?> OpenLaterAsync(ValueTask<IBlob?> opening)
    {
        try
        {
            return Used(await opening.ConfigureAwait(false));
        }
        catch (BlobStoreException)
        {
            return null;
        }
    }

    private IBlob? Used(IBlob? blob)
    {
        if (blob is not null)
            _notes.NoteUsed(blob.Digest, blob.LengthBytes);
        return blob;
    }

    private sealed class NothingKept : IEvictionGuard
    {
        public ValueTask<bool> IsKeptAsync(Digest digest, CancellationToken cancellationToken) => new(false);
    }
}
