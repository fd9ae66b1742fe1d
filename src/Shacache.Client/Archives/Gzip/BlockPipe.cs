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

    /// <summary>What the reader has at hand.</summary>
    public ReadOnlyMemory<byte> Available { get; private set; }

    /// <summary>Gets the blocks that the reader is through with, for who still refers to them, and gives them back later. Null: they are free at once.</summary>
    public Func<byte[], ValueTask>? Leaving { get; set; }

    /// <summary>A block for the writer to fill.</summary>
    public byte[] Rent() => _pool.TryTake(out byte[]? block) ? block : GC.AllocateUninitializedArray<byte>(blockBytes);

    /// <summary>Gives back a block that is free.</summary>
    public void Return(byte[] block) => _pool.Add(block);

    /// <summary>Hands on a rented block.</summary>
    public ValueTask WriteAsync(byte[] block, int start, int length, CancellationToken cancellationToken) =>
        _blocks.Writer.WriteAsync((block, start, length), cancellationToken);

    /// <summary>Ends the bytes; the reader meets the error, if any, behind the last of them.</summary>
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
        if (left.Length > 0 && Leaving is { } leaving)
            await leaving(left).ConfigureAwait(false);
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

/// <summary>Reads a stream into a pipe, so that it goes on arriving while what came is worked on.</summary>
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
