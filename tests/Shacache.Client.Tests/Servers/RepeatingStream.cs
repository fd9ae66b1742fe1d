namespace Shacache.Client.Tests.Servers;

/// <summary>A large content that needs no room: one random block over and over.</summary>
internal sealed class RepeatingStream(long lengthBytes) : Stream
{
    private static readonly byte[] Block = Content.Random(1024 * 1024 + 7);

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => lengthBytes;

    public override long Position { get; set; }

    public override int Read(Span<byte> buffer)
    {
        int offset = (int)(Position % Block.Length);
        int count = (int)Math.Min(Math.Min(buffer.Length, Block.Length - offset), lengthBytes - Position);
        Block.AsSpan(offset, count).CopyTo(buffer);
        Position += count;
        return count;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => new(Read(buffer.Span));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
