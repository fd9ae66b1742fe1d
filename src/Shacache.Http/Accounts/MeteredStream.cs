namespace Shacache.Http.Accounts;

/// <summary>A body of unknown length, whose bytes are taken from a quota as they come.</summary>
internal sealed class MeteredStream(Stream body, ByteQuota quota) : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="QuotaExceededException">The quota is used up.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int count = await body.ReadAsync(buffer, cancellationToken);
        return count == 0 || await quota.TryTakeAsync(count, cancellationToken)
            ? count
            : throw new QuotaExceededException(quota.MaxBytes ?? 0, quota.UntilMidnight);
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Bodies are read asynchronously.");

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
