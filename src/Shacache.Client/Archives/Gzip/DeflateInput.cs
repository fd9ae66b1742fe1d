using System.Buffers.Binary;
using Shacache.Core.Transfers;

namespace Shacache.Client.Archives.Gzip;

/// <summary>What .NET's inflater reads from: the compressed data of one member, and whatever follows them.</summary>
/// <remarks>
/// The inflater does not report how much of its last piece it used. So the last piece is kept until the next is requested, and the checksum, whose value
/// is known by then, is searched for in it.
/// </remarks>
internal sealed class DeflateInput(GzipInput input) : ForwardStream
{
    /// <summary>Checksum and length (RFC 1952, section 2.3).</summary>
    public const int TrailerBytes = 8;

    // An empty member is a few bytes long, and its trailer zeros: it may be found in the wrong place. Single bytes avoid that.
    private const int SingleBytes = 64;

    private int _lentBytes;
    private int _singleBytes;

    /// <summary>Whether the inflater asked for more than there is.</summary>
    public bool IsExhausted { get; private set; }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        input.Consume(_lentBytes);
        _lentBytes = 0;
        if (!await input.FillAsync(1, cancellationToken).ConfigureAwait(false))
        {
            IsExhausted = true;
            return 0;
        }

        int most = _singleBytes < SingleBytes ? 1 : buffer.Length;
        _singleBytes += most == 1 ? 1 : 0;
        _lentBytes = Math.Min(most, input.Available.Length);
        input.Available[.._lentBytes].CopyTo(buffer);
        return _lentBytes;
    }

    /// <summary>Takes the member's trailer from the input, and all before it.</summary>
    /// <param name="crc">CRC-32 of what was inflated.</param>
    /// <param name="length">Its length modulo 2^32.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <returns>False when there is no such trailer.</returns>
    public async ValueTask<bool> TryTakeTrailerAsync(uint crc, uint length, CancellationToken cancellationToken)
    {
        await input.FillAsync(_lentBytes + TrailerBytes, cancellationToken).ConfigureAwait(false);
        byte[] trailer = new byte[TrailerBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(trailer, crc);
        BinaryPrimitives.WriteUInt32LittleEndian(trailer.AsSpan(4), length);
        // At least one byte of the piece was needed, else it had not been asked for.
        ReadOnlySpan<byte> rest = input.Available.Span;
        rest = rest[1..Math.Min(rest.Length, _lentBytes + TrailerBytes)];
        int found = rest.IndexOf(trailer);
        if (found < 0)
            return false;
        input.Consume(1 + found + TrailerBytes);
        return true;
    }
}

/// <summary>The bytes of a gzip file as they arrive, with some buffered to be examined before they are consumed.</summary>
internal sealed class GzipInput(BlockPipe source)
{
    private readonly byte[] _buffer = new byte[128 * 1024];
    private int _position;
    private int _end;

    /// <summary>Whether the source has no more than the buffered bytes.</summary>
    public bool IsAtEnd { get; private set; }

    /// <summary>The buffered bytes.</summary>
    public ReadOnlyMemory<byte> Available => _buffer.AsMemory(_position, _end - _position);

    /// <summary>Takes bytes off <see cref="Available"/>.</summary>
    public void Consume(int bytes) => _position += bytes;

    /// <summary>Makes sure that some bytes are available, unless the source has no more.</summary>
    /// <param name="bytes">At most half of the buffer.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    /// <returns>Whether there are so many.</returns>
    public async ValueTask<bool> FillAsync(int bytes, CancellationToken cancellationToken)
    {
        if (_end - _position >= bytes)
            return true;
        Available.CopyTo(_buffer);
        _end -= _position;
        _position = 0;
        while (_end < bytes && !IsAtEnd)
        {
            if (await source.FillAsync(cancellationToken).ConfigureAwait(false))
            {
                int count = Math.Min(source.Available.Length, _buffer.Length - _end);
                source.Available[..count].CopyTo(_buffer.AsMemory(_end));
                source.Consume(count);
                _end += count;
            }
            else
            {
                IsAtEnd = true;
            }
        }

        return _end >= bytes;
    }
}
