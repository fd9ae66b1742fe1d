namespace Shacache.Protocol.Tests;

public sealed class ExchangeClockTests
{
    private static readonly ExchangeLimits Limits = new() { AnswerTimeout = TimeSpan.FromMinutes(1), StallTimeout = TimeSpan.FromMilliseconds(50) };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Wait_IsOver_SaysWhatWasWaitedFor()
    {
        using var clock = new ExchangeClock(Limits, TimeProvider.System, Token);
        clock.Wait(TimeSpan.FromMilliseconds(50), "answer");
        await EndAsync(clock);
        Assert.Equal("no answer within 0.05 s", clock.FindTimeout());
        Assert.True(clock.IsTrouble(new OperationCanceledException()));
    }

    [Fact]
    public async Task ReadAsync_NothingComes_SaysSo()
    {
        using var clock = new ExchangeClock(Limits, TimeProvider.System, Token);
        var silent = new System.IO.Pipelines.Pipe();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await clock.ReadAsync(silent.Reader.AsStream(), new byte[1]));
        Assert.Equal("no further byte within 0.05 s", clock.FindTimeout());
    }

    [Fact]
    public async Task EndWithin_AnyWaitOrNone_EndsThen()
    {
        using var clock = new ExchangeClock(Limits, TimeProvider.System, Token);
        clock.EndWithin(TimeSpan.FromMilliseconds(60));
        clock.Wait(TimeSpan.FromMinutes(1), "answer");
        clock.Pause();
        await EndAsync(clock);
        Assert.EndsWith(" within 0.06 s", clock.FindTimeout(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pause_AfterAWait_EndsIt()
    {
        using var clock = new ExchangeClock(Limits, TimeProvider.System, Token);
        clock.Wait(TimeSpan.FromMilliseconds(500), "answer");
        clock.Pause();
        await Task.Delay(TimeSpan.FromSeconds(1), Token);
        Assert.Null(clock.FindTimeout());
        Assert.False(clock.Token.IsCancellationRequested);
    }

    [Fact]
    public async Task Token_CallerCancels_IsNoTimeout()
    {
        using var caller = new CancellationTokenSource();
        using var clock = new ExchangeClock(Limits, TimeProvider.System, caller.Token);
        await caller.CancelAsync();
        Assert.True(clock.Token.IsCancellationRequested);
        Assert.Null(clock.FindTimeout());
        Assert.False(clock.IsTrouble(new OperationCanceledException()));
    }

    private static async Task EndAsync(ExchangeClock clock)
    {
        var ended = new TaskCompletionSource();
        await using CancellationTokenRegistration registration = clock.Token.Register(ended.SetResult);
        await ended.Task.WaitAsync(TimeSpan.FromMinutes(1), Token);
    }
}
