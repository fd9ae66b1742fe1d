using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Shacache.Client.Archives.Gzip;

/// <summary>Hands blocks of bytes from one stage of work to the next; a few wait in between, so both work at once and memory is bounded.</summary>
/// <param name="blockBytes">Length of a block. Blocks that fit the processor's cache are faster than larger ones.</param>
/// <param name="waitingBlocks">Blocks that may wait.</param>
internal sealed class BlockPipe(int blockBytes, int waitingBlocks)
{
    private readonly Channel<(byte[] Block, int Start, int Length)> _blocks = Channel.CreateBounded<(byte[], int, int)>(
        new BoundedChannelOptions(waitingBlocks) { SingleReader = true, SingleWriter = true });

    private readonly ConcurrentBag<byte[]> _pool = [];
    private byte[] _current = [];

    /// <summary>The bytes that the reader may use now.</summary>
    public ReadOnlyMemory<byte> Available { get; private set; }

    /// <summary>Called with each block that the reader has finished, by a consumer that still refers to it and returns it later. Null: the block is free at once.</summary>
    public Func<byte[], ValueTask>? Released { get; set; }

    /// <summary>A block for the writer to fill.</summary>
    public byte[] Rent() => _pool.TryTake(out byte[]? block) ? block : GC.AllocateUninitializedArray<byte>(blockBytes);

    /// <summary>Gives back a block that is free.</summary>
    public void Return(byte[] block) => _pool.Add(block);

    /// <summary>Hands on a rented block.</summary>
    public ValueTask WriteAsync(byte[] block, int start, int length, CancellationToken cancellationToken) =>
        _blocks.Writer.WriteAsync((block, start, length), cancellationToken);

    /// <summary>Ends the bytes; the reader gets the error, if any, after the last of them.</summary>
    public void Complete(Exception? error) => _blocks.Writer.TryComplete(error);

    /// <summary>Takes bytes off <see cref="Available"/>.</summary>
    public void Consume(int bytes) => Available = Available[bytes..];

    /// <summary>Waits for bytes when none are at hand.</summary>
    /// <returns>False at the end.</returns>
    public ValueTask<bool> FillAsync(CancellationToken cancellationToken) =>
        Available.IsEmpty ? FillEmptyAsync(cancellationToken) : ValueTask.FromResult(true);

    private async ValueTask<bool> FillEmptyAsync(CancellationToken cancellationToken)
    {
        byte[] left = _current;
        _current = [];
        if (left.Length > 0 && Released is { } released)
            await released(left).ConfigureAwait(false);
        else if (left.Length > 0)
            Return(left);
        while (await _blocks.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!_blocks.Reader.TryRead(out (byte[] Block, int Start, int Length) next))
                continue;
            _current = next.Block;
            Available = next.Block.AsMemory(next.Start, next.Length);
            return true;
        }

        return false;
    }
}

/// <summary>Reads a stream into a pipe, so that it keeps arriving while earlier bytes are processed.</summary>
internal sealed class StreamPump(Stream source, BlockPipe output)
{
    private long _readBytes;

    /// <summary>Bytes that have arrived.</summary>
    public long ReadBytes => Volatile.Read(ref _readBytes);

    /// <summary>Reads the stream to its end; an error goes to the pipe's reader.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                byte[] block = output.Rent();
                int read = await source.ReadAsync(block, cancellationToken).ConfigureAwait(false);
                if (read == 0)
                    break;
                Volatile.Write(ref _readBytes, _readBytes + read);
                await output.WriteAsync(block, 0, read, cancellationToken).ConfigureAwait(false);
            }

            output.Complete(null);
        }
        catch (Exception e)
        {
            output.Complete(e);
        }
    }
}
