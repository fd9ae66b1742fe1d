using Shacache.Testing;

namespace Shacache.Protocol.Tests;

/// <summary>Of 100 bytes a second over 10 seconds: 1,000 bytes for 10 seconds of waiting.</summary>
public sealed class TransferPaceTests
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void Note_TwoBytesASecond_IsOverAfterTheWindow()
    {
        TransferPace pace = Pace();
        for (int second = 1; second <= 10; second++)
        {
            Assert.Equal(TimeSpan.FromSeconds(11 - second), pace.Patience);
            pace.Note(TimeSpan.FromSeconds(1), 2);
        }

        Assert.Equal(TimeSpan.Zero, pace.Patience);
        Assert.Equal("only 20 bytes within 10 s", pace.Problem);
    }

    [Fact]
    public void Note_AsFastAsItMustBe_GoesOn()
    {
        TransferPace pace = Pace();
        for (int second = 0; second < 1000; second++)
        {
            pace.Note(TimeSpan.FromSeconds(1), 101);
            Assert.True(pace.Patience > TimeSpan.Zero, $"given up after {second} s");
        }
    }

    [Fact]
    public void Note_NothingAtAll_SaysSo()
    {
        TransferPace pace = Pace();

        Assert.Equal(Window, pace.Patience);
        Assert.Equal("no further byte within 10 s", pace.Problem);
    }

    [Fact]
    public void Note_NoMinimumRate_OneByteIsEnough()
    {
        var pace = new TransferPace(0, Window, _time);

        pace.Note(TimeSpan.FromSeconds(9), 1);

        Assert.Equal(Window, pace.Patience);
    }

    [Fact]
    public async Task ReadAsync_ReaderThatIsSlowItself_IsNoSlowSender()
    {
        TransferPace pace = Pace();
        using var source = new MemoryStream(new byte[100]);
        byte[] one = new byte[1];

        while (await pace.ReadAsync(source, one, TestContext.Current.CancellationToken) > 0)
            _time.Advance(TimeSpan.FromHours(1));

        Assert.Equal(TimeSpan.Zero, pace.Waited);
    }

    [Fact]
    public async Task ReadAsync_SilentSender_IsATimeout()
    {
        var pace = new TransferPace(100, TimeSpan.FromMilliseconds(100), TimeProvider.System);

        TimeoutException e = await Assert.ThrowsAsync<TimeoutException>(async () => await pace.ReadAsync(new SilentStream(), new byte[1], TestContext.Current.CancellationToken));

        Assert.Equal("The sender is too slow: no further byte within 0.1 s.", e.Message);
    }

    [Fact]
    public async Task ReadAsync_CancelledByTheCaller_IsNoTimeout()
    {
        using var cancel = new CancellationTokenSource();
        ValueTask<int> reading = Pace().ReadAsync(new SilentStream(), new byte[1], cancel.Token);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await reading);
    }

    private TransferPace Pace() => new(100, Window, _time);

    private sealed class SilentStream : MemoryStream
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken);
            return 0;
        }
    }
}
