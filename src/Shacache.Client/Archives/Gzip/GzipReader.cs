using System.Buffers.Binary;

namespace Shacache.Client.Archives.Gzip;

/// <summary>Inflates a gzip file (RFC 1952) from one pipe into another, and holds it to its checksums, its lengths and its end.</summary>
internal sealed class GzipReader(BlockPipe source, BlockPipe output)
{
    /// <summary>Length of the blocks that the output pipe must have: what matches refer to, the data, room for overshoot.</summary>
    public const int OutputBlockBytes = Inflater.WindowBytes + DataBytes + Inflater.OutputSlackBytes;

    private const int DataBytes = 256 * 1024;
    private const int InputBytes = 128 * 1024;
    private const int MaxPaddingBytes = 1024 * 1024;
    private const int HasHeaderCrc = 2, HasExtra = 4, HasName = 8, HasComment = 16;

    private readonly byte[] _input = new byte[InputBytes + Inflater.InputSlackBytes];
    private readonly Inflater _inflater = new();
    private int _position;
    private int _end;
    private bool _isWhole;
    private byte[] _block = output.Rent();
    private int _windowBytes;

    /// <summary>Reads the source to its end.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (!await TryReadHeaderAsync(cancellationToken).ConfigureAwait(false))
                throw new ArchiveException("The archive is empty: there is not a single byte.");
            do
            {
                await InflateMemberAsync(cancellationToken).ConfigureAwait(false);
            }
            while (await TryReadHeaderAsync(cancellationToken).ConfigureAwait(false));
            output.Complete(null);
        }
        catch (Exception e)
        {
            // The reader of the pipe meets it.
            output.Complete(e);
        }
    }

    private async ValueTask InflateMemberAsync(CancellationToken cancellationToken)
    {
        uint crc = 0, length = 0;
        // Matches do not reach into an earlier member.
        _windowBytes = 0;
        _inflater.Reset();
        InflateStatus status;
        do
        {
            await FillAsync(Inflater.InputSlackBytes * 2, cancellationToken).ConfigureAwait(false);
            int outputEnd = Inflater.WindowBytes;
            status = Inflate(ref outputEnd);
            if (status == InflateStatus.Damaged)
                throw new ArchiveException("The archive is damaged: its compressed data make no sense.");
            if (status == InflateStatus.NeedsInput && _isWhole)
                throw new ArchiveException("The archive is cut off: its compressed data end too early.");
            int count = outputEnd - Inflater.WindowBytes;
            if (count == 0)
                continue;
            crc = Crc32.Append(crc, _block.AsSpan(Inflater.WindowBytes, count));
            length += (uint)count;
            await HandOnAsync(outputEnd, cancellationToken).ConfigureAwait(false);
        }
        while (status != InflateStatus.Done);

        await FillAsync(8, cancellationToken).ConfigureAwait(false);
        if (_end - _position < 8)
            throw new ArchiveException("The archive is cut off: its checksum is missing.");
        uint expectedCrc = BinaryPrimitives.ReadUInt32LittleEndian(_input.AsSpan(_position));
        uint expectedLength = BinaryPrimitives.ReadUInt32LittleEndian(_input.AsSpan(_position + 4));
        _position += 8;
        if (crc != expectedCrc || length != expectedLength)
            throw new ArchiveException("The archive is damaged: its content does not have the checksum (CRC-32) that it should.");
    }

    private unsafe InflateStatus Inflate(ref int outputEnd)
    {
        fixed (byte* input = _input, block = _block)
        {
            return _inflater.Inflate(
                input, ref _position, _end, _isWhole, block, Inflater.WindowBytes - _windowBytes, ref outputEnd, Inflater.WindowBytes + DataBytes);
        }
    }

    private async ValueTask HandOnAsync(int outputEnd, CancellationToken cancellationToken)
    {
        byte[] next = output.Rent();
        _windowBytes = Math.Min(Inflater.WindowBytes, outputEnd - Inflater.WindowBytes + _windowBytes);
        _block.AsSpan(outputEnd - _windowBytes, _windowBytes).CopyTo(next.AsSpan(Inflater.WindowBytes - _windowBytes));
        await output.WriteAsync(_block, Inflater.WindowBytes, outputEnd - Inflater.WindowBytes, cancellationToken).ConfigureAwait(false);
        _block = next;
    }

    /// <summary>Reads the header of a member.</summary>
    /// <returns>False at the end of the file, which may be filled up with zeros.</returns>
    private async ValueTask<bool> TryReadHeaderAsync(CancellationToken cancellationToken)
    {
        bool isFirst = _end == 0;
        await FillAsync(10, cancellationToken).ConfigureAwait(false);
        if (_position == _end)
            return false;
        if (!isFirst && _input[_position] == 0)
        {
            await SkipPaddingAsync(cancellationToken).ConfigureAwait(false);
            return false;
        }

        ReadOnlyMemory<byte> header = await ReadAsync(10, isFirst, cancellationToken).ConfigureAwait(false);
        int flags = header.Span[3];
        if (!header.Span[..3].SequenceEqual<byte>([0x1f, 0x8b, 8]) || flags > 0x1f)
            throw Foreign(isFirst);
        uint crc = Crc32.Append(0, header.Span);
        if ((flags & HasExtra) != 0)
        {
            ReadOnlyMemory<byte> extra = await ReadAsync(2, isFirst, cancellationToken).ConfigureAwait(false);
            crc = Crc32.Append(crc, extra.Span);
            extra = await ReadAsync(BinaryPrimitives.ReadUInt16LittleEndian(extra.Span), isFirst, cancellationToken).ConfigureAwait(false);
            crc = Crc32.Append(crc, extra.Span);
        }

        for (int texts = ((flags & HasName) != 0 ? 1 : 0) + ((flags & HasComment) != 0 ? 1 : 0); texts > 0;)
        {
            ReadOnlyMemory<byte> character = await ReadAsync(1, isFirst, cancellationToken).ConfigureAwait(false);
            crc = Crc32.Append(crc, character.Span);
            if (character.Span[0] == 0)
                texts--;
        }

        if ((flags & HasHeaderCrc) != 0)
        {
            ReadOnlyMemory<byte> stored = await ReadAsync(2, isFirst, cancellationToken).ConfigureAwait(false);
            if (BinaryPrimitives.ReadUInt16LittleEndian(stored.Span) != (ushort)crc)
                throw new ArchiveException("The archive is damaged: its gzip header has a wrong checksum.");
        }

        return true;
    }

    private async ValueTask<ReadOnlyMemory<byte>> ReadAsync(int bytes, bool isFirst, CancellationToken cancellationToken)
    {
        await FillAsync(bytes, cancellationToken).ConfigureAwait(false);
        if (_end - _position < bytes)
            throw Foreign(isFirst);
        _position += bytes;
        return _input.AsMemory(_position - bytes, bytes);
    }

    private async ValueTask SkipPaddingAsync(CancellationToken cancellationToken)
    {
        long zeros = 0;
        do
        {
            zeros += _end - _position;
            if (zeros > MaxPaddingBytes || _input.AsSpan(_position, _end - _position).ContainsAnyExcept((byte)0))
                throw Foreign(isFirst: false);
            _position = _end;
            await FillAsync(1, cancellationToken).ConfigureAwait(false);
        }
        while (_position < _end);
    }

    /// <summary>Sees to it that some bytes are at hand, unless the source has no more; always with the slack behind them.</summary>
    private async ValueTask FillAsync(int bytes, CancellationToken cancellationToken)
    {
        if (_isWhole || _end - _position >= bytes)
            return;
        _input.AsSpan(_position, _end - _position).CopyTo(_input);
        _end -= _position;
        _position = 0;
        while (_end < InputBytes)
        {
            if (!await source.FillAsync(cancellationToken).ConfigureAwait(false))
            {
                _isWhole = true;
                break;
            }

            int count = Math.Min(source.Available.Length, InputBytes - _end);
            source.Available[..count].CopyTo(_input.AsMemory(_end));
            source.Consume(count);
            _end += count;
        }

        _input.AsSpan(_end, Inflater.InputSlackBytes).Clear();
    }

    private static ArchiveException Foreign(bool isFirst) => new(
        isFirst ? "The archive is no gzip file: it begins otherwise." : "The archive has data behind its end.");
}
