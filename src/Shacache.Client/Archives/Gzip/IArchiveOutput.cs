namespace Shacache.Client.Archives.Gzip;

/// <summary>Where the bytes of an archive go.</summary>
internal interface IArchiveOutput : IAsyncDisposable
{
    /// <summary>Bytes that were stored.</summary>
    long WrittenBytes { get; }

    /// <summary>Room for data; never empty. <see cref="AdvanceAsync"/> takes it in.</summary>
    Memory<byte> Free { get; }

    /// <summary>Takes in data that was put into <see cref="Free"/>.</summary>
    ValueTask AdvanceAsync(int bytes);

    /// <summary>Takes in data.</summary>
    ValueTask WriteAsync(ReadOnlyMemory<byte> data);

    /// <summary>Stores what is left.</summary>
    ValueTask CompleteAsync();
}

/// <summary>Keeps nothing: a folder is read for its observer alone.</summary>
internal sealed class DiscardingOutput : IArchiveOutput
{
    private const int BufferBytes = 1024 * 1024;

    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(BufferBytes);

    /// <inheritdoc/>
    public long WrittenBytes => 0;

    /// <inheritdoc/>
    public Memory<byte> Free => _buffer;

    /// <inheritdoc/>
    public ValueTask AdvanceAsync(int bytes) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> data) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask CompleteAsync() => ValueTask.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
