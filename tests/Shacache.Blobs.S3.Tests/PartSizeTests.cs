using Shacache.Blobs.S3.Uploads;

namespace Shacache.Blobs.S3.Tests;

public sealed class PartSizeTests
{
    [Theory]
    [InlineData(0L)]
    [InlineData(1L << 30)]
    [InlineData(80L << 30)]
    [InlineData(5L << 40)]
    public void Of_AnnouncedLength_FitsIntoThePartsThatAreAllowed(long lengthBytes)
    {
        long sum = 0;
        for (int number = 1; number <= PartSize.MaxParts; number++)
        {
            int bytes = PartSize.Of(number, lengthBytes);
            Assert.InRange(bytes, 5 << 20, 1 << 30);
            sum += bytes;
        }

        Assert.True(sum >= lengthBytes);
    }

    [Fact]
    public void Of_UnknownLength_GrowsWithTheNumberOfParts() =>
        Assert.Equal(484L << 30, Enumerable.Range(1, PartSize.MaxParts).Sum(number => (long)PartSize.Of(number, null)) >> 30 << 30);
}
