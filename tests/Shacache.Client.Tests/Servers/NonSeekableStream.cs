namespace Shacache.Client.Tests.Servers;

/// <summary>A destination like a pipe.</summary>
internal sealed class NonSeekableStream : Stream
{
    private readonly MemoryStream _bytes = new();

    public byte[] Written => _bytes.ToArray();

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => _bytes.Write(buffer, offset, count);
}
