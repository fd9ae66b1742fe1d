using Shacache.Core.Blobs;

namespace Shacache.Http.Tests.Gateway;

/// <summary>Takes every byte, and fails when they are to be published.</summary>
internal sealed class UncommittableBlobStore(IBlobStore inner) : IBlobStore
{
    public ValueTask<IBlob?> OpenAsync(Digest digest, CancellationToken cancellationToken) => inner.OpenAsync(digest, cancellationToken);

    public async ValueTask<IBlobUpload> BeginUploadAsync(long? lengthBytes, CancellationToken cancellationToken) =>
        new Upload(await inner.BeginUploadAsync(lengthBytes, cancellationToken));

    public ValueTask<bool> DeleteAsync(Digest digest, CancellationToken cancellationToken) => inner.DeleteAsync(digest, cancellationToken);

    public IAsyncEnumerable<BlobInfo> ListAsync(CancellationToken cancellationToken) => inner.ListAsync(cancellationToken);

    private sealed class Upload(IBlobUpload inner) : IBlobUpload
    {
        public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => inner.WriteAsync(bytes, cancellationToken);

        public ValueTask<BlobCommit> CommitAsync(Digest digest, CancellationToken cancellationToken) => throw new BlobStoreException("The disk is broken.");

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
