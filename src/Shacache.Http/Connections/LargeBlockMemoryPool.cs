using System.Buffers;
using System.Collections.Concurrent;

namespace Shacache.Http.Connections;

/// <summary>A pool of pinned 64 KiB blocks that keeps a bounded number of those that came back.</summary>
internal sealed class LargeBlockMemoryPool : MemoryPool<byte>
{
    public const int BlockBytes = 64 * 1024;

    // 16 MiB: enough for the requests that run at once on a busy machine; more would keep the peak of a rush for ever.
    private const int MaxKeptBlocks = 256;
    private readonly ConcurrentQueue<Block> _kept = new();
    private int _keptCount;

    public override int MaxBufferSize => BlockBytes;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockBytes);
        if (!_kept.TryDequeue(out Block? block))
            return new Block(this);
        Interlocked.Decrement(ref _keptCount);
        block.IsRented = true;
        return block;
    }

    protected override void Dispose(bool disposing) => _kept.Clear();

    private void Return(Block block)
    {
        if (Interlocked.Increment(ref _keptCount) <= MaxKeptBlocks)
            _kept.Enqueue(block);
        else
            Interlocked.Decrement(ref _keptCount);
    }

    private sealed class Block(LargeBlockMemoryPool pool) : IMemoryOwner<byte>
    {
        // Pinned: the socket would pin it anyway at each call.
        private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(BlockBytes, pinned: true);

        public bool IsRented { get; set; } = true;

        public Memory<byte> Memory => _bytes;

        public void Dispose()
        {
            if (!IsRented)
                return;
            IsRented = false;
            pool.Return(this);
        }
    }
}
