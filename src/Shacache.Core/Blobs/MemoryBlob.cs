namespace Shacache.Core.Blobs;

/// <summary>A verified blob in memory. It has no state, so one instance serves all readers at once and outlives its disposal.</summary>
internal sealed class MemoryBlob(Digest digest, byte[] content) : IBlob
{
    /// <summary>Set on each hit, cleared by the eviction: whether the blob was wanted again.</summary>
    public bool Visited;

    public Digest Digest => digest;

    public long LengthBytes => content.Length;

    public ReadOnlyMemory<byte>? Content => content;

    public ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<int>(cancellationToken);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, content.Length);
        int count = Math.Min(destination.Length, content.Length - (int)offset);
        content.AsMemory((int)offset, count).CopyTo(destination);
        return new ValueTask<int>(count);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
