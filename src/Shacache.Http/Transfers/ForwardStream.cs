using Shacache.Protocol;

namespace Shacache.Http.Transfers;

/// <summary>A stream that is read once, from its beginning to its end, asynchronously.</summary>
internal abstract class ForwardStream : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public abstract override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
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

/// <summary>A file on its way. Whatever is read of it is first made available to those who follow the transfer.</summary>
internal sealed class TransferredStream(Stream source, RunningTransfer transfer) : ForwardStream
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await transfer.WaitUntilWantedAsync(cancellationToken);
        int count = await source.ReadAsync(buffer, cancellationToken);
        if (count == 0 && !buffer.IsEmpty)
            transfer.NoteSourceEnd();
        else
            await transfer.PassOnAsync(buffer[..count]);
        return count;
    }
}

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
