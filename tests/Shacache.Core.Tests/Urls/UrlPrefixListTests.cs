using Shacache.Core.Urls;

namespace Shacache.Core.Tests.Urls;

public sealed class UrlPrefixListTests
{
    [Fact]
    public void Parse_LinesWithBlanks_KeepsThePrefixesInOrder() =>
        Assert.Equal(["https://b/", "https://a/"], UrlPrefixList.Parse("\n  https://b/\n\n\thttps://a/  \n https://b/"));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" \n\t ")]
    public void Parse_NothingInIt_MatchesNothing(string? value) =>
        Assert.False(UrlPrefixList.Parse(value).TryMatch("https://a/", out _));

    [Theory]
    [InlineData("https://a/branch/x.cfg", "https://a/branch")]
    [InlineData("https://a/branch", "https://a/branch")]
    [InlineData("https://a/branches/x", "https://a/branch")]
    [InlineData("https://A/branch", null)]
    [InlineData("http://a/branch", null)]
    [InlineData("xhttps://a/branch", null)]
    [InlineData("https://a/bran", null)]
    public void TryMatch_Url_GivesThePrefixThatMatched(string url, string? expected)
    {
        UrlPrefixList list = new(["https://z/", "https://a/branch", "https://a/"[..2] + "zz"]);

        Assert.Equal(expected is not null, list.TryMatch(url, out string? prefix));
        Assert.Equal(expected, prefix);
    }

    [Fact]
    public void TryMatch_SeveralPrefixesMatch_GivesTheFirst()
    {
        Assert.True(new UrlPrefixList(["https://a/", "https://a/b/"]).TryMatch("https://a/b/c", out string? prefix));
        Assert.Equal("https://a/", prefix);
    }

    [Fact]
    public void Constructor_BlankPrefix_DoesNotMatchEverything() => Assert.Empty(new UrlPrefixList(["", "  "]));
}
