using Shacache.Core.Blobs;

namespace Shacache.Http.Proximity;

/// <summary>An object that is not here, and of which nothing is known but its length.</summary>
internal sealed class DescribedBlob(Digest digest, long lengthBytes) : IBlob
{
    public Digest Digest => digest;

    public long LengthBytes => lengthBytes;

    public ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
