namespace Shacache.Protocol.Tests;

public sealed class RetryAllowanceTests
{
    [Fact]
    public void TrySpend_EachRetryBringsHalfOfTheRest_EndsWithThePatience()
    {
        var retries = new RetryAllowance(TimeSpan.FromSeconds(60));
        int rest = 3_000_000;
        int count = 0;
        do
        {
            retries.Earn(rest - (rest / 2));
            rest /= 2;
            count++;
        }
        while (retries.TrySpend(TimeSpan.FromSeconds(30)));

        Assert.Equal(3, count);
    }

    [Fact]
    public void TrySpend_RetriesThatCostNoTimeAndBringOneByte_HaveAnEnd()
    {
        var retries = new RetryAllowance(TimeSpan.FromSeconds(60));
        int count = 0;
        for (; retries.TrySpend(TimeSpan.Zero) && count < 10_000; count++)
            retries.Earn(1);

        Assert.InRange(count, 100, 1000);
    }

    [Fact]
    public void TrySpend_LongTransferOverABadLine_GoesOn()
    {
        var retries = new RetryAllowance(TimeSpan.FromSeconds(60));
        for (int i = 0; i < 1000; i++)
        {
            retries.Earn(100_000_000);
            Assert.True(retries.TrySpend(TimeSpan.FromSeconds(31)));
        }
    }
}
