using Shacache.Core.Blobs;
using Shacache.Core.Transfers;

namespace Shacache.Http.Upstreams.Content;

/// <summary>An object that is still on its way, as if it were here: a read waits for its bytes. So ranges and preconditions need nothing else.</summary>
internal sealed class IncomingBlob(RunningTransfer transfer, Digest digest, long lengthBytes) : IBlob
{
    public Digest Digest => digest;

    public long LengthBytes => lengthBytes;

    /// <exception cref="TransferBrokenException">The bytes will not come.</exception>
    public ValueTask<long> WaitBeyondAsync(long offset, CancellationToken cancellationToken) => transfer.WaitBeyondAsync(offset, cancellationToken);

    /// <exception cref="TransferBrokenException">The bytes will not come.</exception>
    public async ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        long available = await transfer.WaitBeyondAsync(offset, cancellationToken);
        return available == offset ? 0 : transfer.Read(destination.Span[..(int)Math.Min(destination.Length, available - offset)], offset);
    }

    /// <summary>Nothing: the request that joined the transfer leaves it.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>An object that is not here, and of which nothing is known but its length.</summary>
internal sealed class DescribedBlob(Digest digest, long lengthBytes) : IBlob
{
    public Digest Digest => digest;

    public long LengthBytes => lengthBytes;

    public ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
