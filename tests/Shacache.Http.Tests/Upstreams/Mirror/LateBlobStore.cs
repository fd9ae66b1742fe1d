using Shacache.Core.Blobs;

namespace Shacache.Http.Tests.Upstreams.Mirror;

/// <summary>A store into which everything comes a moment too late: the first look finds nothing, and then it is there.</summary>
internal sealed class LateBlobStore(IBlobStore inner) : IBlobStore
{
    private int _looks;

    public ValueTask<IBlob?> OpenAsync(Digest digest, CancellationToken cancellationToken) =>
        Interlocked.Increment(ref _looks) == 1 ? new ValueTask<IBlob?>((IBlob?)null) : inner.OpenAsync(digest, cancellationToken);

    public ValueTask<IBlobUpload> BeginUploadAsync(long? lengthBytes, CancellationToken cancellationToken) =>
        inner.BeginUploadAsync(lengthBytes, cancellationToken);

    public ValueTask<bool> DeleteAsync(Digest digest, CancellationToken cancellationToken) => inner.DeleteAsync(digest, cancellationToken);

    public IAsyncEnumerable<BlobInfo> ListAsync(CancellationToken cancellationToken) => inner.ListAsync(cancellationToken);
}
