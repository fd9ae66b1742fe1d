using Shacache.Protocol;

namespace Shacache.Http.Transfers;

/// <summary>Ends with a <see cref="TimeoutException"/> once the source is too slow.</summary>
internal sealed class PacedStream(Stream source, TransferPace pace) : ForwardStream
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => pace.ReadAsync(source, buffer, cancellationToken);
}
