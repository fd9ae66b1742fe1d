using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.IO.Compression;
using System.Threading.Channels;

namespace Shacache.Client.Archives.Gzip;

/// <summary>Compresses to one gzip member on several cores; the bytes do not depend on how many.</summary>
/// <remarks>
/// Blocks of fixed length are compressed on their own and put together in order. A few blocks wait between the stages, so
/// the memory is bounded: about two mebibytes for each worker.
/// </remarks>
internal sealed class ParallelGzipWriter : IArchiveOutput
{
    private const int MaxWorkers = 16;

    // Deflate, no flags, no time, no name, operating system unknown: nothing that differs between two runs (RFC 1952).
    private static readonly byte[] Header = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

    private readonly Stream _destination;
    private readonly CancellationTokenSource _stop;
    private readonly Channel<Task<DeflateBlock>> _blocks;
    private readonly ConcurrentBag<DeflateBlock> _pool = [];
    private readonly Task _writing;
    private DeflateBlock _current = new();
    private long _writtenBytes;
    private uint _crc;
    private uint _length;

    /// <summary>Starts writing.</summary>
    /// <param name="destination">Gets the archive; it is neither flushed nor closed.</param>
    /// <param name="workers">Cores to use.</param>
    /// <param name="cancellationToken">Stops everything.</param>
    public ParallelGzipWriter(Stream destination, int workers, CancellationToken cancellationToken)
    {
        _destination = destination;
        _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _blocks = Channel.CreateBounded<Task<DeflateBlock>>(
            new BoundedChannelOptions(Math.Clamp(workers, 1, MaxWorkers)) { SingleReader = true, SingleWriter = true });
        _writing = Task.Run(WriteBlocksAsync, CancellationToken.None);
    }

    /// <summary>Compressed bytes that were handed to the destination.</summary>
    public long WrittenBytes => Volatile.Read(ref _writtenBytes);

    /// <summary>Room for data; never empty. <see cref="AdvanceAsync"/> takes it in.</summary>
    public Memory<byte> Free => _current.Free;

    /// <summary>Takes in data that was put into <see cref="Free"/>.</summary>
    public ValueTask AdvanceAsync(int bytes)
    {
        _current.Advance(bytes);
        return _current.Free.IsEmpty ? SubmitAsync() : ValueTask.CompletedTask;
    }

    /// <summary>Takes in data.</summary>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> data)
    {
        while (!data.IsEmpty)
        {
            int count = Math.Min(data.Length, Free.Length);
            data[..count].CopyTo(Free);
            await AdvanceAsync(count).ConfigureAwait(false);
            data = data[count..];
        }
    }

    /// <summary>Compresses and writes what is left, and the end of the member.</summary>
    public async ValueTask CompleteAsync()
    {
        if (_current.Length > 0)
            await SubmitAsync().ConfigureAwait(false);
        _blocks.Writer.TryComplete();
        await _writing.ConfigureAwait(false);
    }

    /// <summary>Stops; without <see cref="CompleteAsync"/> before, what was written is not a complete archive.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _blocks.Writer.TryComplete();
        await _writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async ValueTask SubmitAsync()
    {
        DeflateBlock block = _current;
        Task<DeflateBlock> compression = Task.Run(
            () =>
            {
                block.Compress();
                return block;
            },
            CancellationToken.None);
        try
        {
            await _blocks.Writer.WriteAsync(compression, _stop.Token).ConfigureAwait(false);
        }
        catch (ChannelClosedException)
        {
            // The writer failed and closed the channel: its error is the one to report. Its task may end a little later.
            await _writing.ConfigureAwait(false);
            throw;
        }

        _current = _pool.TryTake(out DeflateBlock? free) ? free : new DeflateBlock();
    }

    private async Task WriteBlocksAsync()
    {
        try
        {
            await WriteAsync(Header, _stop.Token).ConfigureAwait(false);
            await foreach (Task<DeflateBlock> compression in _blocks.Reader.ReadAllAsync(_stop.Token).ConfigureAwait(false))
            {
                DeflateBlock block = await compression.ConfigureAwait(false);
                await WriteAsync(block.Deflated, _stop.Token).ConfigureAwait(false);
                _crc = Crc32Combination.Combine(_crc, block.Crc, block.Length);
                _length += (uint)block.Length;
                block.Reset();
                _pool.Add(block);
            }

            // An empty last block ends the deflate stream; checksum and length end the member.
            byte[] end = [0x03, 0x00, 0, 0, 0, 0, 0, 0, 0, 0];
            BinaryPrimitives.WriteUInt32LittleEndian(end.AsSpan(2), _crc);
            BinaryPrimitives.WriteUInt32LittleEndian(end.AsSpan(6), _length);
            await WriteAsync(end, _stop.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            _blocks.Writer.TryComplete(e);
            throw;
        }
    }

    private async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        await _destination.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        Volatile.Write(ref _writtenBytes, _writtenBytes + bytes.Length);
    }
}

/// <summary>A piece of the data, and the same compressed on its own, such that the pieces put together are one deflate stream.</summary>
internal sealed class DeflateBlock
{
    /// <summary>Bytes of data in each block but the last. Part of the format's determinism: another value gives other archives.</summary>
    public const int CapacityBytes = 1024 * 1024;

    private const int GzipHeaderBytes = 10;

    // Fixed for the same reason. Higher levels cost far more time than they save bytes.
    private static readonly ZLibCompressionOptions Options = new() { CompressionLevel = 6 };

    private readonly byte[] _data = GC.AllocateUninitializedArray<byte>(CapacityBytes);

    // Incompressible data grows by five bytes for each stored block.
    private readonly byte[] _compressed = GC.AllocateUninitializedArray<byte>(CapacityBytes + (64 * 1024));
    private int _deflatedEnd;

    /// <summary>Bytes of data in it.</summary>
    public int Length { get; private set; }

    /// <summary>Room for more data.</summary>
    public Memory<byte> Free => _data.AsMemory(Length);

    /// <summary>CRC-32 of the data, once compressed.</summary>
    public uint Crc { get; private set; }

    /// <summary>The compressed data, once compressed; ends at a byte boundary without ending the deflate stream.</summary>
    public ReadOnlyMemory<byte> Deflated => _compressed.AsMemory(GzipHeaderBytes, _deflatedEnd - GzipHeaderBytes);

    /// <summary>Takes in data that was put into <see cref="Free"/>.</summary>
    public void Advance(int bytes) => Length += bytes;

    /// <summary>Empties the block for its next use.</summary>
    public void Reset() => Length = 0;

    /// <summary>Compresses the data.</summary>
    public void Compress()
    {
        using var compressed = new MemoryStream(_compressed);
        using (var gzip = new GZipStream(compressed, Options, leaveOpen: true))
        {
            gzip.Write(_data, 0, Length);
            // A sync flush: whole bytes, no end mark. Of what closing adds, only the checksum at its end is used.
            gzip.Flush();
            _deflatedEnd = (int)compressed.Position;
        }

        Crc = BinaryPrimitives.ReadUInt32LittleEndian(_compressed.AsSpan((int)compressed.Position - 8));
    }
}
