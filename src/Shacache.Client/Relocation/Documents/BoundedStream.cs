namespace Shacache.Client.Relocation.Documents;

/// <summary>Reads at most so much of a stream: what inflates without end is refused instead of filling the memory.</summary>
/// <param name="source">The stream; it is not disposed.</param>
/// <param name="maxBytes">The bound.</param>
internal sealed class BoundedStream(Stream source, long maxBytes) : Stream
{
    private long _readBytes;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => _readBytes;
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        int read = source.Read(buffer);
        _readBytes += read;
        return _readBytes <= maxBytes ? read : throw new InvalidDataException($"it is longer than {maxBytes} bytes");
    }

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
