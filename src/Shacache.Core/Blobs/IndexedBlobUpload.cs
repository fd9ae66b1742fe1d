namespace Shacache.Core.Blobs;

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
