using Shacache.Core.Transfers;
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

/// <summary>A stream whose beginning was read already.</summary>
internal sealed class PrefixedStream(ReadOnlyMemory<byte> beginning, Stream rest) : ForwardStream
{
    private ReadOnlyMemory<byte> _beginning = beginning;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_beginning.IsEmpty)
            return rest.ReadAsync(buffer, cancellationToken);
        int count = Math.Min(buffer.Length, _beginning.Length);
        _beginning[..count].CopyTo(buffer);
        _beginning = _beginning[count..];
        return ValueTask.FromResult(count);
    }
}
