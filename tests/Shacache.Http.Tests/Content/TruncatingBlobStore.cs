using Shacache.Core.Blobs;

namespace Shacache.Http.Tests.Content;

/// <summary>A store whose blobs end before their length, as a damaged file system gives them.</summary>
internal sealed class TruncatingBlobStore(IBlobStore inner, int missingBytes) : IBlobStore
{
    public async ValueTask<IBlob?> OpenAsync(Digest digest, CancellationToken cancellationToken) =>
        await inner.OpenAsync(digest, cancellationToken) is { } blob ? new Truncated(blob, missingBytes) : null;

    public ValueTask<IBlobUpload> BeginUploadAsync(long? lengthBytes, CancellationToken cancellationToken) =>
        inner.BeginUploadAsync(lengthBytes, cancellationToken);

    public ValueTask<bool> DeleteAsync(Digest digest, CancellationToken cancellationToken) => inner.DeleteAsync(digest, cancellationToken);

    public IAsyncEnumerable<BlobInfo> ListAsync(CancellationToken cancellationToken) => inner.ListAsync(cancellationToken);

    private sealed class Truncated(IBlob blob, int missingBytes) : IBlob
    {
        public Digest Digest => blob.Digest;

        public long LengthBytes => blob.LengthBytes;

        public ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
        {
            int left = (int)Math.Min(destination.Length, blob.LengthBytes - missingBytes - offset);
            return left <= 0 ? new ValueTask<int>(0) : blob.ReadAsync(offset, destination[..left], cancellationToken);
        }

        public ValueTask DisposeAsync() => blob.DisposeAsync();
    }
}
