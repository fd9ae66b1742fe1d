using Shacache.Core.Clocks;
using Shacache.Testing;

namespace Shacache.Core.Tests.Clocks;

public sealed class SteadyClockTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void TryGetUtcNow_JustStarted_IsNotSure()
    {
        var clock = new SteadyClock(_time);

        Assert.False(clock.TryGetUtcNow(out _));
        _time.Advance(SteadyClock.Probation - Second);
        Assert.False(clock.TryGetUtcNow(out _));
        _time.Advance(Second);
        Assert.True(clock.TryGetUtcNow(out DateTimeOffset now));
        Assert.Equal(_time.GetUtcNow(), now);
    }

    [Theory]
    [InlineData(365)]
    [InlineData(-365)]
    [InlineData(0.01)]
    public void TryGetUtcNow_TimeOfDayWasSet_IsNotSureForSomeHours(double days)
    {
        var clock = new SteadyClock(_time);
        _time.Advance(SteadyClock.Probation);
        Assert.True(clock.TryGetUtcNow(out _));

        _time.Set(TimeSpan.FromDays(days));
        Assert.False(clock.TryGetUtcNow(out _));
        _time.Advance(TimeSpan.FromHours(1));
        Assert.False(clock.TryGetUtcNow(out _));
        _time.Set(TimeSpan.FromDays(-days));
        Assert.False(clock.TryGetUtcNow(out _));
        _time.Advance(SteadyClock.Probation);
        Assert.True(clock.TryGetUtcNow(out _));
    }

    [Fact]
    public void TryGetUtcNow_TimeOfDayIsKeptRightInSmallSteps_IsSure()
    {
        var clock = new SteadyClock(_time);
        _time.Advance(SteadyClock.Probation);
        for (int i = 0; i < 100; i++)
        {
            _time.Set(Second);
            _time.Advance(TimeSpan.FromMinutes(1));
            Assert.True(clock.TryGetUtcNow(out _));
        }
    }
}
