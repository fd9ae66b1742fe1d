namespace Shacache.Cli.Output;

/// <summary>
/// Keeps the last bytes back until the digest is known to be right, so that the reader of the pipe never has the whole of a wrong content:
/// it sees one that breaks off, as it does when a transfer fails.
/// </summary>
internal sealed class HeldBackStream(Stream destination) : WriteOnlyStream
{
    private const int HeldBackBytes = 64 * 1024;

    private readonly byte[] _held = new byte[HeldBackBytes];
    private int _count;

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int surplus = _count + buffer.Length - HeldBackBytes;
        if (surplus > 0)
        {
            int fromHeld = Math.Min(surplus, _count);
            await destination.WriteAsync(_held.AsMemory(0, fromHeld), cancellationToken);
            _held.AsSpan(fromHeld, _count - fromHeld).CopyTo(_held);
            _count -= fromHeld;
            int fromBuffer = surplus - fromHeld;
            await destination.WriteAsync(buffer[..fromBuffer], cancellationToken);
            buffer = buffer[fromBuffer..];
        }

        buffer.CopyTo(_held.AsMemory(_count));
        _count += buffer.Length;
    }

    /// <summary>The bytes are right: all of them go out.</summary>
    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        await destination.WriteAsync(_held.AsMemory(0, _count), cancellationToken);
        _count = 0;
        await destination.FlushAsync(cancellationToken);
    }

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
