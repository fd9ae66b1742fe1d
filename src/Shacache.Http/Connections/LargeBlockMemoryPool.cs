using System.Buffers;

namespace Shacache.Http.Connections;

/// <summary>A pool of pinned 64 KiB blocks that keeps a bounded number of those that came back.</summary>
internal sealed class LargeBlockMemoryPool : MemoryPool<byte>
{
    public const int BlockBytes = 64 * 1024;

    // 16 MiB: enough for the requests that run at once on a busy machine; more would keep the peak of a rush for ever.
    private const int MaxKeptBlocks = 256;
    private readonly Lock _gate = new();

    // Last in, first out: the block that came back last is still in the processor's cache.
    private readonly Stack<Block> _kept = new();

    public override int MaxBufferSize => BlockBytes;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockBytes);
        lock (_gate)
        {
            if (_kept.TryPop(out Block? block))
            {
                block.IsRented = true;
                return block;
            }
        }

        return new Block(this);
    }

    protected override void Dispose(bool disposing)
    {
        lock (_gate)
            _kept.Clear();
    }

    private void Return(Block block)
    {
        lock (_gate)
        {
            if (_kept.Count < MaxKeptBlocks)
                _kept.Push(block);
        }
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
