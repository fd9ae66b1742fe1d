using Shacache.Core.Blobs.Repair;
using Shacache.Testing;

namespace Shacache.Core.Tests.Blobs;

public sealed class ScrubPaceTests
{
    private readonly ManualTimeProvider _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task PayAsync_NoRate_NeverWaits() => await new ScrubPace(null, _time).PayAsync(long.MaxValue, Token);

    [Fact]
    public async Task PayAsync_ManyReads_TakeAsLongAsTheRateSays()
    {
        var pace = new ScrubPace(1 << 20, _time);
        DateTimeOffset began = _time.GetUtcNow();
        for (int read = 0; read < 40; read++)
        {
            Task paying = pace.PayAsync(256 * 1024, Token).AsTask();
            while (!paying.IsCompleted)
                _time.Advance(TimeSpan.FromMilliseconds(10));
            await paying;
        }

        Assert.InRange((_time.GetUtcNow() - began).TotalSeconds, 9.5, 10.5);
    }

    [Fact]
    public async Task PayAsync_TinyFiles_CostASearch()
    {
        var pace = new ScrubPace(4096, _time);
        Task paying = pace.PayAsync(1, Token).AsTask();
        _time.Advance(TimeSpan.FromMilliseconds(900));
        Assert.False(paying.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(200));
        await paying.WaitAsync(TimeSpan.FromSeconds(10), Token);
    }
}
