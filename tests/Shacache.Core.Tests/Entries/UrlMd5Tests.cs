using Shacache.Core.Entries;

namespace Shacache.Core.Tests.Entries;

public sealed class UrlMd5Tests
{
    private const string Md5 = "9a0364b9e99bb480dd25e1f0284c8555";

    [Fact]
    public void Of_Url_IsTheMd5OfItsUtf8() => Assert.Equal(Md5, UrlMd5.Of("content"));

    [Theory]
    [InlineData("file-urlmd5:" + Md5, Md5)]
    [InlineData("slapos-buildout-" + Md5, Md5)]
    [InlineData("pypi-buildout-" + Md5, Md5)]
    [InlineData("git-buildout-" + Md5, Md5)]
    [InlineData("pypi-index-" + Md5 + "-foo>=2", Md5)]
    [InlineData(Md5, Md5)]
    [InlineData("pypi:foo=1.0", null)]
    [InlineData("other-" + Md5, null)]
    [InlineData("file-urlmd5:short", null)]
    public void Find_Key_GivesTheOneInIt(string key, string? expected) => Assert.Equal(expected, UrlMd5.Find(EntryKey.Create(key)));
}
