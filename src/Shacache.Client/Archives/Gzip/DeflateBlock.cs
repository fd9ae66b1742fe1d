using System.Buffers.Binary;
using System.IO.Compression;

namespace Shacache.Client.Archives.Gzip;

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
            // A sync flush: whole bytes, no end mark. What closing adds behind it is cut off, save the checksum at its end.
            gzip.Flush();
            _deflatedEnd = (int)compressed.Position;
        }

        Crc = BinaryPrimitives.ReadUInt32LittleEndian(_compressed.AsSpan((int)compressed.Position - 8));
    }
}
