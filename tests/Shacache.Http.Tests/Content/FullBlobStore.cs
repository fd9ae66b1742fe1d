using Shacache.Core.Blobs;

namespace Shacache.Http.Tests.Content;

/// <summary>A store on a full disk: it reads, and has no room for more.</summary>
internal sealed class FullBlobStore(IBlobStore inner) : IBlobStore
{
    public ValueTask<IBlob?> OpenAsync(Digest digest, CancellationToken cancellationToken) => inner.OpenAsync(digest, cancellationToken);

    public ValueTask<IBlobUpload> BeginUploadAsync(long? lengthBytes, CancellationToken cancellationToken) =>
        throw new StorageFullException("The disk is full.");

    public ValueTask<BlobCommit> StoreAsync(Digest digest, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        throw new StorageFullException("The disk is full.");

    public ValueTask<bool> DeleteAsync(Digest digest, CancellationToken cancellationToken) => inner.DeleteAsync(digest, cancellationToken);

    public IAsyncEnumerable<BlobInfo> ListAsync(CancellationToken cancellationToken) => inner.ListAsync(cancellationToken);
}
