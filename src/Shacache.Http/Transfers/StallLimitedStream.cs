namespace Shacache.Http.Transfers;

/// <summary>Ends with a <see cref="TimeoutException"/> once the source sends nothing for a while.</summary>
internal sealed class StallLimitedStream(Stream source, TimeSpan stallTimeout) : ForwardStream
{
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        StallLimit.ReadAsync(source, buffer, stallTimeout, cancellationToken);
}
