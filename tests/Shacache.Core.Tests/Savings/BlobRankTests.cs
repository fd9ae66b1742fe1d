using Shacache.Core.Savings;

namespace Shacache.Core.Tests.Savings;

public sealed class BlobRankTests
{
    private const long MonthMs = 30L * 86_400_000;

    [Fact]
    public void Of_LeastRecent_IsTheLastUse() =>
        Assert.Equal(17, BlobRank.Of(EvictionOrder.LeastRecent, age: 99, usedMs: 17, new BlobWorth(1, 2, 3, 4)));

    [Fact]
    public void Of_Cost_GrowsWithCostAndUsesAndFallsWithSize()
    {
        var worth = new BlobWorth(1_000_000, 3, 10_000, 0);
        Assert.True(RankOf(worth) < RankOf(worth with { BuildMs = 20_000 }));
        Assert.True(RankOf(worth) < RankOf(worth with { Uses = 4 }));
        Assert.True(RankOf(worth) > RankOf(worth with { LengthBytes = 2_000_000 }));
        Assert.Equal(RankOf(worth), RankOf(worth with { FetchMs = 9_999 }));
        Assert.Equal(RankOf(worth) + 5, BlobRank.Of(EvictionOrder.Cost, BlobRank.FirstByCost + 5, 0, worth));
    }

    [Theory]
    [InlineData(20L << 30, 0, 0)]
    [InlineData(0, long.MaxValue, MonthMs)]
    public void Of_Extremes_AreRanksByCost(long lengthBytes, long uses, long buildMs)
    {
        var worth = new BlobWorth(lengthBytes, uses, buildMs, 0);
        Assert.InRange(RankOf(worth), BlobRank.FirstByCost + 1, long.MaxValue - 1);
        Assert.True(BlobRank.IsOf(EvictionOrder.Cost, RankOf(worth)));
        Assert.Equal(long.MaxValue, BlobRank.Of(EvictionOrder.Cost, long.MaxValue, 0, worth));
    }

    private static long RankOf(BlobWorth worth) => BlobRank.Of(EvictionOrder.Cost, 0, 0, worth);
}
