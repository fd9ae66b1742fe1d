using Microsoft.Win32.SafeHandles;

namespace Shacache.Client.Bundles;

/// <summary>A stretch of a file, to be read. Several may be read from one file at the same time.</summary>
internal sealed class BundleSlice(SafeFileHandle file, long offset, long lengthBytes) : Stream
{
    private long _position;

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => lengthBytes;

    public override long Position
    {
        get => _position;
        set => _position = value >= 0 && value <= lengthBytes ? value : throw new ArgumentOutOfRangeException(nameof(value));
    }

    public override int Read(Span<byte> buffer)
    {
        Span<byte> piece = buffer[..(int)Math.Min(buffer.Length, lengthBytes - _position)];
        return Advance(piece.IsEmpty ? 0 : RandomAccess.Read(file, piece, offset + _position), piece.Length);
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Memory<byte> piece = buffer[..(int)Math.Min(buffer.Length, lengthBytes - _position)];
        return Advance(piece.IsEmpty ? 0 : await RandomAccess.ReadAsync(file, piece, offset + _position, cancellationToken).ConfigureAwait(false), piece.Length);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => _position + offset,
        _ => lengthBytes + offset,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private int Advance(int read, int wanted)
    {
        if (read == 0 && wanted > 0)
            throw new EndOfStreamException("the file ends before that");
        _position += read;
        return read;
    }
}
