using Shacache.Cli.Output;
using Shacache.Testing;

namespace Shacache.Cli;

public sealed class TransferMeterTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void ToString_BeforeAnythingIsKnown_IsEmpty()
    {
        var meter = new TransferMeter(_time);
        Assert.Equal("", meter.ToString());
        meter.Report(0, 100L << 20);
        Assert.Equal("0.0 of 100.0 MiB", meter.ToString());
        meter.BeginAnew();
        Assert.Equal("", meter.ToString());
    }

    [Fact]
    public void ToString_Steady_TellsRateAndRestInBinaryUnits()
    {
        var meter = new TransferMeter(_time);
        for (int second = 0; second <= 20; second++)
        {
            meter.Report(second * (5L << 20), 200L << 20);
            if (second < 20)
                _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal("100.0 of 200.0 MiB  5.0 MiB/s  20 s left", meter.ToString());
    }

    /// <summary>A transfer that begins anew goes back to zero.</summary>
    [Fact]
    public void ToString_AfterGoingBack_HasNoNegativeRate()
    {
        var meter = new TransferMeter(_time);
        meter.Report(0, null);
        _time.Advance(TimeSpan.FromSeconds(2));
        meter.Report(50_000_000, null);
        Assert.Equal("47.7 MiB  23.8 MiB/s", meter.ToString());
        meter.Report(1000, 2000);
        Assert.Equal("1.0 of 2.0 KiB", meter.ToString());
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("1.0 of 2.0 KiB  0 B/s", meter.ToString());
    }

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1024, "1.0 KiB")]
    [InlineData(1_500_000_000, "1.4 GiB")]
    [InlineData(long.MaxValue, "8.0 EiB")]
    public void Amount_IsInBinaryUnits(long bytes, string expected) => Assert.Equal(expected, Amount.Of(bytes));
}
