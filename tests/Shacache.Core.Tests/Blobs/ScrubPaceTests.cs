using Shacache.Core.Blobs.Repair;
using Shacache.Testing;

namespace Shacache.Core.Tests.Blobs;

public sealed class ScrubPaceTests
{
    private readonly ManualTimeProvider _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void PayAsync_NoRate_NeverWaits() => Assert.True(new ScrubPace(null, _time).PayAsync(long.MaxValue, Token).IsCompletedSuccessfully);

    [Fact]
    public async Task PayAsync_ManyReads_TakeAsLongAsTheRateSays()
    {
        var pace = new ScrubPace(1 << 20, _time);
        DateTimeOffset began = _time.GetUtcNow();
        for (int read = 0; read < 40; read++)
        {
            ValueTask paying = pace.PayAsync(256 * 1024, Token);
            while (!paying.IsCompleted)
                _time.Advance(TimeSpan.FromMilliseconds(10));
            await paying;
        }

        Assert.InRange((_time.GetUtcNow() - began).TotalSeconds, 9.5, 10.5);
    }

    [Fact]
    public void PayAsync_TinyFiles_CostASearch()
    {
        var pace = new ScrubPace(4096, _time);
        ValueTask paying = pace.PayAsync(1, Token);
        _time.Advance(TimeSpan.FromMilliseconds(900));
        Assert.False(paying.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(200));
        Assert.True(paying.AsTask().Wait(TimeSpan.FromSeconds(10), Token));
    }
}
