using System.Globalization;
using Shacache.Core.Entries;

namespace Shacache.Core.Tests.Entries;

public sealed class IsoDateTests
{
    [Theory]
    [InlineData("2026-01-02", "2026-01-02T00:00:00.0000000Z")]
    [InlineData("20260102", "2026-01-02T00:00:00.0000000Z")]
    [InlineData("2024-02-29", "2024-02-29T00:00:00.0000000Z")]
    [InlineData("2026-01-02T03", "2026-01-02T03:00:00.0000000Z")]
    [InlineData("2026-01-02T03:04", "2026-01-02T03:04:00.0000000Z")]
    [InlineData("2026-01-02T03:04:05", "2026-01-02T03:04:05.0000000Z")]
    [InlineData("2026-01-02 03:04:05", "2026-01-02T03:04:05.0000000Z")]
    [InlineData("2026-01-02t03:04:05z", "2026-01-02T03:04:05.0000000Z")]
    [InlineData("20260102T030405Z", "2026-01-02T03:04:05.0000000Z")]
    [InlineData("20260102T0304", "2026-01-02T03:04:00.0000000Z")]
    [InlineData("2026-01-02T03:04:05.6", "2026-01-02T03:04:05.6000000Z")]
    [InlineData("2026-01-02T03:04:05,67", "2026-01-02T03:04:05.6700000Z")]
    [InlineData("2026-01-02T03:04:05.678", "2026-01-02T03:04:05.6780000Z")]
    [InlineData("2026-01-02T03:04:05.678901", "2026-01-02T03:04:05.6789010Z")]
    [InlineData("2026-01-02T03:04:05.6789012", "2026-01-02T03:04:05.6789012Z")]
    [InlineData("2026-01-02T03:04:05.678901239", "2026-01-02T03:04:05.6789012Z")]
    [InlineData("2026-01-02T03:04:05Z", "2026-01-02T03:04:05.0000000Z")]
    [InlineData("2026-01-02T03:04:05+00:00", "2026-01-02T03:04:05.0000000Z")]
    [InlineData("2026-01-02T03:04:05-00:00", "2026-01-02T03:04:05.0000000Z")]
    [InlineData("2026-01-02T03:04:05+01:00", "2026-01-02T02:04:05.0000000Z")]
    [InlineData("2026-01-02T03:04:05+0100", "2026-01-02T02:04:05.0000000Z")]
    [InlineData("2026-01-02T03:04:05+01", "2026-01-02T02:04:05.0000000Z")]
    [InlineData("2026-01-02T03:04:05-05:30", "2026-01-02T08:34:05.0000000Z")]
    [InlineData("2026-01-02T03:04:05.678901+23:59", "2026-01-01T03:05:05.6789010Z")]
    [InlineData("2026-01-02T03:04:05+01:00:30", "2026-01-02T02:03:35.0000000Z")]
    [InlineData("2026-01-02T03:04+02:00", "2026-01-02T01:04:00.0000000Z")]
    [InlineData("2026-01-02T24:00", "2026-01-03T00:00:00.0000000Z")]
    [InlineData("2026-12-31T24:00:00Z", "2027-01-01T00:00:00.0000000Z")]
    [InlineData("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.0000000Z")]
    [InlineData("0001-01-01T00:00:00+01:00", "0001-01-01T00:00:00.0000000Z")]
    [InlineData("9999-12-31T23:59:59-01:00", "9999-12-31T23:59:59.9999999Z")]
    [InlineData("9999-12-31T24:00:00Z", "9999-12-31T23:59:59.9999999Z")]
    public void TryParse_Date_IsThatMomentInUtc(string text, string expected)
    {
        Assert.True(IsoDate.TryParse(text, out DateTimeOffset date));
        Assert.Equal(expected, date.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
        Assert.Equal(TimeSpan.Zero, date.Offset);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("2026")]
    [InlineData("2026-01")]
    [InlineData("2026-0102")]
    [InlineData("202601-02")]
    [InlineData("2026-1-2")]
    [InlineData("0000-01-01")]
    [InlineData("2026-00-01")]
    [InlineData("2026-13-01")]
    [InlineData("2026-01-00")]
    [InlineData("2026-01-32")]
    [InlineData("2026-02-29")]
    [InlineData("-2026-01-02")]
    [InlineData("+2026-01-02")]
    [InlineData("2026-W01-1")]
    [InlineData("2026-001")]
    [InlineData("2026-01-02T")]
    [InlineData("2026-01-02 ")]
    [InlineData(" 2026-01-02")]
    [InlineData("2026-01-02Z")]
    [InlineData("2026-01-02_03:04")]
    [InlineData("2026-01-02T3:04")]
    [InlineData("2026-01-02T03:")]
    [InlineData("2026-01-02T03:0405")]
    [InlineData("2026-01-02T0304:05")]
    [InlineData("2026-01-02T03:04:")]
    [InlineData("2026-01-02T24:00:01")]
    [InlineData("2026-01-02T24:01")]
    [InlineData("2026-01-02T25:00")]
    [InlineData("2026-01-02T03:60")]
    [InlineData("2026-01-02T03:04:61")]
    [InlineData("2026-01-02T03:04:05.")]
    [InlineData("2026-01-02T03:04:05.1234567890")]
    [InlineData("2026-01-02T03:04.5")]
    [InlineData("2026-01-02T03:04:05+")]
    [InlineData("2026-01-02T03:04:05+1")]
    [InlineData("2026-01-02T03:04:05+24:00")]
    [InlineData("2026-01-02T03:04:05+01:60")]
    [InlineData("2026-01-02T03:04:05ZZ")]
    [InlineData("2026-01-02T03:04:05 CET")]
    [InlineData("٢٠٢٦-٠١-٠٢")]
    [InlineData("tomorrow")]
    [InlineData("1767323045")]
    [InlineData("Fri, 02 Jan 2026 03:04:05 GMT")]
    public void TryParse_AnythingElse_IsRefused(string text) => Assert.False(IsoDate.TryParse(text, out _));

    [Fact]
    public void TryParse_RoundTripFormat_GivesTheSameMoment()
    {
        var random = new Random(3);
        for (int round = 0; round < 2000; round++)
        {
            var offset = TimeSpan.FromMinutes(random.Next(-14 * 60, 14 * 60));
            var date = new DateTimeOffset(random.NextInt64(TimeSpan.TicksPerDay, DateTime.MaxValue.Ticks - TimeSpan.TicksPerDay), offset);
            Assert.True(IsoDate.TryParse(date.ToString("O", CultureInfo.InvariantCulture), out DateTimeOffset read));
            Assert.Equal(date.UtcTicks, read.UtcTicks);
        }
    }
}
