using Shacache.Protocol;

namespace Shacache.Http.Transfers;

/// <summary>The body of an answer. Ends with a <see cref="TimeoutException"/> once it comes too slowly.</summary>
internal sealed class PacedStream(Stream body, ExchangeClock clock) : ForwardStream
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            return await clock.ReadAsync(body, buffer);
        }
        catch (OperationCanceledException e) when (clock.FindTimeout() is { } timeout)
        {
            throw new TimeoutException($"The sender is too slow: {timeout}.", e);
        }
    }
}
