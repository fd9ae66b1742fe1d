using Shacache.Core.Blobs;

namespace Shacache.Http.Tests.Content;

/// <summary>A store whose backend fails at everything.</summary>
internal sealed class BrokenBlobStore : IBlobStore
{
    public const string Message = "Input/output error on the disk.";

    public ValueTask<IBlob?> OpenAsync(Digest digest, CancellationToken cancellationToken) => throw new BlobStoreException(Message);

    public ValueTask<IBlobUpload> BeginUploadAsync(long? lengthBytes, CancellationToken cancellationToken) => throw new BlobStoreException(Message);

    public ValueTask<bool> DeleteAsync(Digest digest, CancellationToken cancellationToken) => throw new BlobStoreException(Message);

    public IAsyncEnumerable<BlobInfo> ListAsync(CancellationToken cancellationToken) => throw new BlobStoreException(Message);
}
