namespace Shacache.Core.Blobs;

/// <summary>Has noted what happens in a store, for its <see cref="IBlobIndex"/>.</summary>
/// <remarks>
/// The outermost layer, so that reads and uploads count also when a cache answers them. To be told that a blob exists counts
/// as reading it: cleanup must not delete what a client has just been promised.
/// </remarks>
public sealed class IndexedBlobStore(IBlobStore inner, IBlobNotes notes) : IBlobStore
{
    /// <inheritdoc/>
    public ValueTask<IBlob?> OpenAsync(Digest digest, CancellationToken cancellationToken)
    {
        ValueTask<IBlob?> opening = inner.OpenAsync(digest, cancellationToken);
        if (!opening.IsCompletedSuccessfully)
            return NoteWhenOpenAsync(opening);
        IBlob? blob = opening.Result;
        if (blob is not null)
            notes.NoteRead(digest, blob.LengthBytes);
        return new ValueTask<IBlob?>(blob);
    }

    /// <inheritdoc/>
    public ValueTask<bool> ExistsAsync(Digest digest, CancellationToken cancellationToken) => inner.ExistsAsync(digest, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<string?> FindProblemAsync(CancellationToken cancellationToken) => inner.FindProblemAsync(cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<IBlobUpload> BeginUploadAsync(long? lengthBytes, CancellationToken cancellationToken) =>
        new IndexedBlobUpload(await inner.BeginUploadAsync(lengthBytes, cancellationToken).ConfigureAwait(false), notes);

    /// <inheritdoc/>
    public async ValueTask<BlobCommit> StoreAsync(Digest digest, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        BlobCommit commit = await inner.StoreAsync(digest, content, cancellationToken).ConfigureAwait(false);
        notes.NoteStored(digest, content.Length);
        return commit;
    }

    /// <inheritdoc/>
    /// <remarks>The index learns that the blob is gone also when it was not there: then the index was wrong.</remarks>
    public async ValueTask<bool> DeleteAsync(Digest digest, CancellationToken cancellationToken)
    {
        bool deleted = await inner.DeleteAsync(digest, cancellationToken).ConfigureAwait(false);
        notes.NoteDeleted(digest);
        return deleted;
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
    public IAsyncEnumerable<BlobInfo> ListAsync(CancellationToken cancellationToken) => inner.ListAsync(cancellationToken);

    private async ValueTask<IBlob?> NoteWhenOpenAsync(ValueTask<IBlob?> opening)
    {
        IBlob? blob = await opening.ConfigureAwait(false);
        if (blob is not null)
            notes.NoteRead(blob.Digest, blob.LengthBytes);
        return blob;
    }
}

/// <summary>Counts the bytes, and notes the blob when it is stored.</summary>
internal sealed class IndexedBlobUpload(IBlobUpload inner, IBlobNotes notes) : IBlobUpload
{
    private long _lengthBytes;

    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        _lengthBytes += bytes.Length;
        return inner.WriteAsync(bytes, cancellationToken);
    }

    public async ValueTask<BlobCommit> CommitAsync(Digest digest, CancellationToken cancellationToken)
    {
        BlobCommit commit = await inner.CommitAsync(digest, cancellationToken).ConfigureAwait(false);
        notes.NoteStored(digest, _lengthBytes);
        return commit;
    }

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
