namespace Shacache.Client.Tests.Archives;

/// <summary>Discards what is written, and runs an action once, after one megabyte: in the middle of the work.</summary>
internal sealed class ReactingStream(Action reaction) : Stream
{
    private long _bytes;
    private bool _hasReacted;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Asynchronous calls only.");

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _bytes += buffer.Length;
        if (!_hasReacted && _bytes >= 1_000_000)
        {
            _hasReacted = true;
            reaction();
        }

        return ValueTask.CompletedTask;
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
