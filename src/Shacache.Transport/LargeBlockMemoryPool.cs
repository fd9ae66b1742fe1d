using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace Shacache.Transport;

/// <summary>A pool of pinned blocks that keeps a bounded number of those that came back.</summary>
/// <param name="blockBytes">Length of a block.</param>
internal sealed class LargeBlockMemoryPool(int blockBytes = LargeBlockMemoryPool.BlockBytes) : MemoryPool<byte>
{
    /// <summary>64 KiB of a body, and room for the head of its answer before it: both are then sent by one call.</summary>
    public const int BlockBytes = (64 + 1) * 1024;

    // Enough for the requests that run at once on a busy machine; more would keep the peak of a rush for ever.
    private const int MaxKeptBytes = 16 * 1024 * 1024;
    private readonly Lock _gate = new();

    // Last in, first out: the block that came back last is still in the processor's cache.
    private readonly Stack<Block> _kept = new();

    public override int MaxBufferSize => blockBytes;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, blockBytes);
        lock (_gate)
        {
            if (_kept.TryPop(out Block? block))
            {
                block.IsRented = true;
                return block;
            }
        }

        return new Block(this, blockBytes);
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
            if (_kept.Count < MaxKeptBytes / blockBytes)
                _kept.Push(block);
        }
    }

    private sealed class Block(LargeBlockMemoryPool pool, int lengthBytes) : IMemoryOwner<byte>
    {
        // Pinned: the socket would pin it anyway at each call.
        private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(lengthBytes, pinned: true);

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

/// <summary>Gives Kestrel memory in blocks of 64 KiB instead of 4: large bodies come and go in fewer, larger steps.</summary>
/// <remarks>Measured: an upload loop is 1.8 times as fast. What it costs in memory: benchmarks/README.md.</remarks>
public sealed class LargeBlockMemoryPoolFactory : IMemoryPoolFactory<byte>
{
    /// <inheritdoc/>
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new LargeBlockMemoryPool();
}
