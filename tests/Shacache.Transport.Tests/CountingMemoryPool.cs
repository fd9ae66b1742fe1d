using System.Buffers;

namespace Shacache.Transport.Tests;

/// <summary>A pool that knows how much of it is in use. Its memory cannot be used any more once it was given back.</summary>
internal sealed class CountingMemoryPool : MemoryPool<byte>
{
    private const int BlockBytes = 64 * 1024;
    private int _rented;

    public int Rented => Volatile.Read(ref _rented);

    public override int MaxBufferSize => BlockBytes;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        Interlocked.Increment(ref _rented);
        return new Block(this);
    }

    protected override void Dispose(bool disposing)
    {
    }

    private sealed class Block(CountingMemoryPool pool) : IMemoryOwner<byte>
    {
        private byte[]? _bytes = new byte[BlockBytes];

        public Memory<byte> Memory => _bytes ?? throw new ObjectDisposedException(nameof(Block));

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _bytes, null) is not { } bytes)
                return;

            // A caller that still reads it gets something else.
            Array.Fill(bytes, (byte)0xEE);
            Interlocked.Decrement(ref pool._rented);
        }
    }
}
