using Microsoft.Extensions.Primitives;
using Shacache.Core.Blobs;
using Shacache.Http.Content;

namespace Shacache.Http.Tests.Content;

public sealed class EntityTagTests
{
    private static readonly Digest Object = Digest.Compute("content"u8);
    private static readonly string Tag = EntityTag.Format(Object);

    [Fact]
    public void Format_Digest_IsItInQuotes() => Assert.Equal($"\"{Object}\"", Tag);

    [Fact]
    public void Matches_ListWithCommaInsideAForeignTag_FindsTheTag() => Assert.True(EntityTag.Matches($"\"a,b\", {Tag}", Object, weak: true));

    [Fact]
    public void Matches_SecondHeaderLine_FindsTheTag() =>
        Assert.True(EntityTag.Matches(new StringValues(["\"x\"", Tag]), Object, weak: true));

    [Fact]
    public void Matches_WeakTag_CountsOnlyWhenWeakTagsDo()
    {
        Assert.True(EntityTag.Matches($"W/{Tag}", Object, weak: true));
        Assert.False(EntityTag.Matches($"W/{Tag}", Object, weak: false));
    }

    [Fact]
    public void Matches_Star_MatchesAnything() => Assert.True(EntityTag.Matches("*", Object, weak: false));

    [Theory]
    [InlineData("")]
    [InlineData(",")]
    [InlineData("\"")]
    [InlineData("\"x")]
    [InlineData("\"\"")]
    [InlineData("W/")]
    [InlineData(", ,\t,")]
    public void Matches_AnythingElse_DoesNot(string header) => Assert.False(EntityTag.Matches(header, Object, weak: true));
}
