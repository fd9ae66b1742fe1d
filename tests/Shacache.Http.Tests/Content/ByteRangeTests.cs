using Shacache.Http.Content;

namespace Shacache.Http.Tests.Content;

public sealed class ByteRangeTests
{
    [Theory]
    [InlineData("bytes=0-", 0, 10)]
    [InlineData("bytes=3-", 3, 7)]
    [InlineData("bytes=3-5", 3, 3)]
    [InlineData("bytes=9-9", 9, 1)]
    [InlineData("bytes=3-99", 3, 7)]
    [InlineData("bytes=3-99999999999999999999999999", 3, 7)]
    [InlineData("bytes=-4", 6, 4)]
    [InlineData("bytes=-99", 0, 10)]
    [InlineData("BYTES= 3 - 5 ", 3, 3)]
    public void Parse_OneRangeInside_IsThatPart(string header, long offset, long length) =>
        Assert.Equal(new ByteRange(ByteRangeKind.Part, offset, length), ByteRange.Parse(header, 10));

    [Theory]
    [InlineData("bytes=10-")]
    [InlineData("bytes=99999999999999999999999999-")]
    [InlineData("bytes=10-20")]
    [InlineData("bytes=-0")]
    public void Parse_OutsideOfTheObject_IsUnsatisfiable(string header) =>
        Assert.Equal(ByteRangeKind.Unsatisfiable, ByteRange.Parse(header, 10).Kind);

    [Theory]
    [InlineData("")]
    [InlineData("bytes")]
    [InlineData("bytes=")]
    [InlineData("bytes=-")]
    [InlineData("bytes=5-3")]
    [InlineData("bytes=a-b")]
    [InlineData("bytes=+1-2")]
    [InlineData("bytes=1--2")]
    [InlineData("bytes=0x1-2")]
    [InlineData("bytes=0-1,3-4")]
    [InlineData("bytes=0-1,")]
    [InlineData("items=0-1")]
    public void Parse_SeveralOrNotUnderstood_IsTheWhole(string header) =>
        Assert.Equal(new ByteRange(ByteRangeKind.Whole, 0, 10), ByteRange.Parse(header, 10));

    [Theory]
    [InlineData("bytes=0-", "Unsatisfiable")]
    [InlineData("bytes=-5", "Whole")]
    public void Parse_OfTheEmptyObject_NeverGivesAPart(string header, string kind) =>
        Assert.Equal(kind, ByteRange.Parse(header, 0).Kind.ToString());
}
