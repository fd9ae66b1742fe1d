namespace Shacache.Core.Blobs;

/// <summary>Has noted what happens in a store, for its <see cref="IBlobIndex"/>, and removes nothing that a client was just told about.</summary>
/// <remarks>
/// Outside of caches, so that reads and uploads count also when a cache answers them. That a blob was opened, or looked for, says that a client was told
/// of it, and is no use: the client may ask for nothing but the head.
/// </remarks>
public sealed class IndexedBlobStore(IBlobStore inner, IBlobNotes notes) : IBlobStore
{
    private readonly RemovalGate _gate = new();

    /// <inheritdoc/>
    public ValueTask<IBlob?> OpenAsync(Digest digest, CancellationToken cancellationToken)
    {
        ValueTask<IBlob?> opening = inner.OpenAsync(digest, cancellationToken);
        if (!opening.IsCompletedSuccessfully)
            return NoteWhenOpenAsync(digest, opening, cancellationToken);
        IBlob? blob = opening.Result;
        return blob is null || TryNote(blob, out _) ? new ValueTask<IBlob?>(blob) : NoteWhenOpenAsync(digest, new ValueTask<IBlob?>(blob), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IBlob?> OpenForLengthAsync(Digest digest, CancellationToken cancellationToken) =>
        NoteWhenOpenAsync(digest, inner.OpenForLengthAsync(digest, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<bool> ExistsAsync(Digest digest, CancellationToken cancellationToken)
    {
        while (await inner.ExistsAsync(digest, cancellationToken).ConfigureAwait(false))
        {
            notes.NoteShown(digest, lengthBytes: null);
            if (_gate.TrySpare(digest, out Task removal))
                return true;
            await removal.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        return false;
    }

    /// <inheritdoc/>
    public IUseNotes Uses => notes;

    /// <inheritdoc/>
    public ValueTask<string?> FindProblemAsync(CancellationToken cancellationToken) => inner.FindProblemAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IBlobUpload> BeginUploadAsync(long? lengthBytes, CancellationToken cancellationToken) =>
        new IndexedBlobUpload(await inner.BeginUploadAsync(lengthBytes, cancellationToken).ConfigureAwait(false), notes, _gate);

    /// <inheritdoc/>
    public async ValueTask<BlobCommit> StoreAsync(Digest digest, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        await _gate.BeginUploadAsync(digest, cancellationToken).ConfigureAwait(false);
        try
        {
            BlobCommit commit = await inner.StoreAsync(digest, content, cancellationToken).ConfigureAwait(false);
            notes.NoteStored(digest, content.Length);
            return commit;
        }
        finally
        {
            await _gate.EndUploadAsync(digest).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    /// <remarks>The index learns that the blob is gone also when it was not there: then the index was wrong.</remarks>
    public async ValueTask<bool> DeleteAsync(Digest digest, CancellationToken cancellationToken)
    {
        bool deleted = await inner.DeleteAsync(digest, cancellationToken).ConfigureAwait(false);
        notes.NoteRemoved(digest);
        return deleted;
    }

    /// <inheritdoc/>
    public async ValueTask<bool> PurgeAsync(Digest digest, CancellationToken cancellationToken)
    {
        bool purged = await inner.PurgeAsync(digest, cancellationToken).ConfigureAwait(false);
        notes.NoteRemoved(digest);
        return purged;
    }

    /// <summary>Deletes those of some blobs that no client is told about, and no upload brings, while this runs.</summary>
    /// <param name="digests">The blobs.</param>
    /// <param name="mayGo">Asked of each, from when on a look at it spares it: whether what is known of it by then lets it go.</param>
    /// <param name="cancellationToken">Stops between two blobs.</param>
    /// <returns>Those that are gone.</returns>
    /// <exception cref="BlobStoreException">The backend failed; those before it are gone.</exception>
    public async ValueTask<IReadOnlyList<Digest>> DeleteUnwatchedAsync(
        IReadOnlyList<Digest> digests, Func<IReadOnlyList<Digest>, CancellationToken, ValueTask<IReadOnlyList<Digest>>> mayGo, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(digests);
        ArgumentNullException.ThrowIfNull(mayGo);
        Dictionary<Digest, Removal> removals = [];
        try
        {
            foreach (Digest digest in digests)
            {
                if (_gate.Propose(digest) is { } removal)
                    removals.Add(digest, removal);
            }

            IReadOnlyList<Digest> going = await mayGo([.. removals.Keys], cancellationToken).ConfigureAwait(false);
            bool[] gone = await Task.WhenAll(going.Select(digest => DeleteAsync(digest, removals[digest], cancellationToken))).ConfigureAwait(false);
            return [.. going.Where((_, i) => gone[i])];
        }
        finally
        {
            foreach ((Digest digest, Removal removal) in removals)
                _gate.End(digest, removal);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<bool> VerifyAsync(Digest digest, CancellationToken cancellationToken)
    {
        bool isStored = await inner.VerifyAsync(digest, cancellationToken).ConfigureAwait(false);
        if (!isStored)
            notes.NoteDeleted(digest);
        return isStored;
    }

    /// <inheritdoc/>
    public ValueTask<bool> HasAsync(Digest digest, CancellationToken cancellationToken) => inner.HasAsync(digest, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<BlobInfo> ListAsync(CancellationToken cancellationToken) => inner.ListAsync(cancellationToken);

    private async Task<bool> DeleteAsync(Digest digest, Removal removal, CancellationToken cancellationToken)
    {
        if (!_gate.TryTake(digest, removal))
            return false;
        await DeleteAsync(digest, cancellationToken).ConfigureAwait(false);
        return true;
    }

    /// <summary>Notes that a client is told of a blob.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="removal">Ends when the blob is gone, in case it is being removed.</param>
    /// <returns>False when it is being removed: the client is not told.</returns>
    private bool TryNote(IBlob blob, out Task removal)
    {
        notes.NoteShown(blob.Digest, blob.LengthBytes);
        return _gate.TrySpare(blob.Digest, out removal);
    }

    private async ValueTask<IBlob?> NoteWhenOpenAsync(Digest digest, ValueTask<IBlob?> opening, CancellationToken cancellationToken)
    {
        while (true)
        {
            IBlob? blob = await opening.ConfigureAwait(false);
            if (blob is null || TryNote(blob, out Task removal))
                return blob;
            await blob.DisposeAsync().ConfigureAwait(false);
            await removal.WaitAsync(cancellationToken).ConfigureAwait(false);
            opening = inner.OpenAsync(digest, cancellationToken);
        }
    }
}

/// <summary>Counts the bytes, and notes the blob when it is stored.</summary>
internal sealed class IndexedBlobUpload(IBlobUpload inner, IBlobNotes notes, RemovalGate gate) : IBlobUpload
{
    private long _lengthBytes;

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        _lengthBytes += bytes.Length;
        return inner.WriteAsync(bytes, cancellationToken);
    }

    public async ValueTask<BlobCommit> CommitAsync(Digest digest, CancellationToken cancellationToken)
    {
        await gate.BeginUploadAsync(digest, cancellationToken).ConfigureAwait(false);
        try
        {
            BlobCommit commit = await inner.CommitAsync(digest, cancellationToken).ConfigureAwait(false);
            notes.NoteStored(digest, _lengthBytes);
            return commit;
        }
        finally
        {
            await gate.EndUploadAsync(digest).ConfigureAwait(false);
        }
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
