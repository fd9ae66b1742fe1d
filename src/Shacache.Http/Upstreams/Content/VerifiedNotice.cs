using Shacache.Core.Blobs;

namespace Shacache.Http.Upstreams.Content;

/// <summary>Tells when the content of a transfer was found right: that is when it is committed, and clients need not wait until the disk has it.</summary>
internal sealed class VerifiedNotice(IBlobStore inner, ContentTransfer transfer) : IBlobStore
{
    public ValueTask<IBlob?> OpenAsync(Digest digest, CancellationToken cancellationToken) => inner.OpenAsync(digest, cancellationToken);

    public async ValueTask<IBlobUpload> BeginUploadAsync(long? lengthBytes, CancellationToken cancellationToken) =>
        new Upload(await inner.BeginUploadAsync(lengthBytes, cancellationToken), transfer);

    public ValueTask<BlobCommit> StoreAsync(Digest digest, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        transfer.NoteVerified();
        return inner.StoreAsync(digest, content, cancellationToken);
    }

    public ValueTask<bool> DeleteAsync(Digest digest, CancellationToken cancellationToken) => inner.DeleteAsync(digest, cancellationToken);

    public ValueTask<bool> VerifyAsync(Digest digest, CancellationToken cancellationToken) => inner.VerifyAsync(digest, cancellationToken);

    public IAsyncEnumerable<BlobInfo> ListAsync(CancellationToken cancellationToken) => inner.ListAsync(cancellationToken);

    private sealed class Upload(IBlobUpload inner, ContentTransfer transfer) : IBlobUpload
    {
        public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => inner.WriteAsync(bytes, cancellationToken);

        public ValueTask<BlobCommit> CommitAsync(Digest digest, CancellationToken cancellationToken)
        {
            transfer.NoteVerified();
            return inner.CommitAsync(digest, cancellationToken);
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
