using Shacache.Core.Blobs;

namespace Shacache.Http.Tests.Upstreams.Content;

/// <summary>A store whose disk fills up in the middle of each upload.</summary>
internal sealed class FillingUpBlobStore(IBlobStore inner, long roomBytes) : IBlobStore
{
    public ValueTask<IBlob?> OpenAsync(Digest digest, CancellationToken cancellationToken) => inner.OpenAsync(digest, cancellationToken);

    public async ValueTask<IBlobUpload> BeginUploadAsync(long? lengthBytes, CancellationToken cancellationToken) =>
        new Upload(await inner.BeginUploadAsync(lengthBytes, cancellationToken), roomBytes);

    public ValueTask<bool> DeleteAsync(Digest digest, CancellationToken cancellationToken) => inner.DeleteAsync(digest, cancellationToken);

    public IAsyncEnumerable<BlobInfo> ListAsync(CancellationToken cancellationToken) => inner.ListAsync(cancellationToken);

    private sealed class Upload(IBlobUpload inner, long roomBytes) : IBlobUpload
    {
        private long _leftBytes = roomBytes;

        public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) =>
            (_leftBytes -= bytes.Length) >= 0 ? inner.WriteAsync(bytes, cancellationToken) : throw new StorageFullException("The disk is full.");

        public ValueTask<BlobCommit> CommitAsync(Digest digest, CancellationToken cancellationToken) => inner.CommitAsync(digest, cancellationToken);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
