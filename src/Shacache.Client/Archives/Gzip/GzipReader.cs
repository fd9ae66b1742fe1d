using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using Shacache.Client.Errors;

namespace Shacache.Client.Archives.Gzip;

/// <summary>Inflates a gzip file (RFC 1952) from one pipe into another, and verifies its checksums, its lengths and its end.</summary>
/// <remarks>.NET's GZipStream ignores whatever follows the last member; so only its deflate is used here.</remarks>
internal sealed class GzipReader(BlockPipe source, BlockPipe output)
{
    /// <summary>Length of the blocks that the output pipe has. Good for the processor's cache.</summary>
    public const int OutputBlockBytes = 256 * 1024;

    private const int MaxPaddingBytes = 1024 * 1024;
    private const int HasHeaderCrc = 2, HasExtra = 4, HasName = 8, HasComment = 16;

    private readonly GzipInput _input = new(source);

    /// <summary>Reads the source to its end.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (!await TryReadHeaderAsync(isFirst: true, cancellationToken).ConfigureAwait(false))
                throw new ArchiveException("The archive is empty: there is not a single byte.");
            do
            {
                await InflateMemberAsync(cancellationToken).ConfigureAwait(false);
            }
            while (await TryReadHeaderAsync(isFirst: false, cancellationToken).ConfigureAwait(false));
            output.Complete(null);
        }
        catch (Exception e)
        {
            // The reader of the pipe gets it.
            output.Complete(e);
        }
    }

    private async ValueTask InflateMemberAsync(CancellationToken cancellationToken)
    {
        var crc = new Crc32();
        uint length = 0;
        using var compressed = new DeflateInput(_input);
        try
        {
            using var inflater = new DeflateStream(compressed, CompressionMode.Decompress, leaveOpen: true);
            while (true)
            {
                byte[] block = output.Rent();
                int count = await inflater.ReadAtLeastAsync(block, block.Length, throwOnEndOfStream: false, cancellationToken).ConfigureAwait(false);
                crc.Append(block.AsSpan(0, count));
                length += (uint)count;
                if (count > 0)
                    await output.WriteAsync(block, 0, count, cancellationToken).ConfigureAwait(false);
                if (count < block.Length)
                    break;
            }
        }
        catch (InvalidDataException e) when (!compressed.IsExhausted)
        {
            throw new ArchiveException("The archive is damaged: its compressed data are invalid.", e);
        }
        catch (InvalidDataException)
        {
            // Reported as an early end, below.
        }

        if (compressed.IsExhausted)
            throw new ArchiveException("The archive is cut off: its compressed data end too early.");
        if (!await compressed.TryTakeTrailerAsync(crc.GetCurrentHashAsUInt32(), length, cancellationToken).ConfigureAwait(false))
            throw new ArchiveException("The archive is damaged or cut off: its content does not have the checksum (CRC-32) that it should.");
    }

    /// <summary>Reads the header of a member.</summary>
    /// <returns>False at the end of the file, which may be filled up with zeros.</returns>
    private async ValueTask<bool> TryReadHeaderAsync(bool isFirst, CancellationToken cancellationToken)
    {
        if (!await _input.FillAsync(1, cancellationToken).ConfigureAwait(false))
            return false;
        if (!isFirst && _input.Available.Span[0] == 0)
        {
            await SkipPaddingAsync(cancellationToken).ConfigureAwait(false);
            return false;
        }

        ReadOnlyMemory<byte> header = await ReadAsync(10, isFirst, cancellationToken).ConfigureAwait(false);
        int flags = header.Span[3];
        if (!header.Span[..3].SequenceEqual<byte>([0x1f, 0x8b, 8]) || flags > 0x1f)
            throw Foreign(isFirst);
        var crc = new Crc32();
        crc.Append(header.Span);
        if ((flags & HasExtra) != 0)
        {
            ReadOnlyMemory<byte> extra = await ReadAsync(2, isFirst, cancellationToken).ConfigureAwait(false);
            crc.Append(extra.Span);
            extra = await ReadAsync(BinaryPrimitives.ReadUInt16LittleEndian(extra.Span), isFirst, cancellationToken).ConfigureAwait(false);
            crc.Append(extra.Span);
        }

        for (int texts = ((flags & HasName) != 0 ? 1 : 0) + ((flags & HasComment) != 0 ? 1 : 0); texts > 0;)
        {
            ReadOnlyMemory<byte> character = await ReadAsync(1, isFirst, cancellationToken).ConfigureAwait(false);
            crc.Append(character.Span);
            if (character.Span[0] == 0)
                texts--;
        }

        if ((flags & HasHeaderCrc) != 0)
        {
            ReadOnlyMemory<byte> stored = await ReadAsync(2, isFirst, cancellationToken).ConfigureAwait(false);
            if (BinaryPrimitives.ReadUInt16LittleEndian(stored.Span) != (ushort)crc.GetCurrentHashAsUInt32())
                throw new ArchiveException("The archive is damaged: its gzip header has a wrong checksum.");
        }

        return true;
    }

    private async ValueTask<ReadOnlyMemory<byte>> ReadAsync(int bytes, bool isFirst, CancellationToken cancellationToken)
    {
        if (!await _input.FillAsync(bytes, cancellationToken).ConfigureAwait(false))
            throw Foreign(isFirst);
        ReadOnlyMemory<byte> read = _input.Available[..bytes];
        _input.Consume(bytes);
        return read;
    }

    private async ValueTask SkipPaddingAsync(CancellationToken cancellationToken)
    {
        long zeros = 0;
        do
        {
            zeros += _input.Available.Length;
            if (zeros > MaxPaddingBytes || _input.Available.Span.ContainsAnyExcept((byte)0))
                throw Foreign(isFirst: false);
            _input.Consume(_input.Available.Length);
        }
        while (await _input.FillAsync(1, cancellationToken).ConfigureAwait(false));
    }

    private static ArchiveException Foreign(bool isFirst) => new(
        isFirst ? "The archive is not a gzip file: it does not begin with a gzip header." : "The archive has data after its end.");
}
