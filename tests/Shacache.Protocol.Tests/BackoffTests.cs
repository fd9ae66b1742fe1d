namespace Shacache.Protocol.Tests;

public sealed class BackoffTests
{
    private static readonly Backoff Pauses = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(5, 16)]
    [InlineData(6, 30)]
    [InlineData(int.MaxValue, 30)]
    public void After_FailuresInARow_Doubles(int failures, int seconds) => Assert.Equal(TimeSpan.FromSeconds(seconds), Pauses.After(failures));

    [Fact]
    public void AfterWithJitter_AnyTime_StaysNearAndBelowTheLongest()
    {
        for (int i = 0; i < 100; i++)
        {
            Assert.InRange(Pauses.AfterWithJitter(2), TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(2.5));
            Assert.InRange(Pauses.AfterWithJitter(9), TimeSpan.FromSeconds(22.5), TimeSpan.FromSeconds(30));
        }
    }
}
