using System.Buffers;

namespace Shacache.Transport.Tests;

public sealed class LargeBlockMemoryPoolTests
{
    [Fact]
    public void Rent_BlockThatCameBack_IsGivenAgain()
    {
        using var pool = new LargeBlockMemoryPool();
        IMemoryOwner<byte> first = pool.Rent();
        first.Memory.Span[0] = 42;
        first.Dispose();

        using IMemoryOwner<byte> second = pool.Rent(LargeBlockMemoryPool.BlockBytes);

        Assert.Same(first, second);
        Assert.Equal(LargeBlockMemoryPool.BlockBytes, second.Memory.Length);
    }

    [Fact]
    public void Dispose_Twice_GivesTheBlockBackOnce()
    {
        using var pool = new LargeBlockMemoryPool();
        IMemoryOwner<byte> block = pool.Rent();
        block.Dispose();
        block.Dispose();

        using IMemoryOwner<byte> second = pool.Rent();
        using IMemoryOwner<byte> third = pool.Rent();

        Assert.NotSame(second, third);
    }

    [Fact]
    public void Rent_MoreThanABlock_IsRefused()
    {
        using var pool = new LargeBlockMemoryPool();

        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Rent(LargeBlockMemoryPool.BlockBytes + 1));
    }
}
