using Shacache.Client.Entries;

namespace Shacache.Client.Tests.Entries;

public sealed class EntryKeysTests
{
    private const string Url = "http://example.org/é.tar.gz";

    [Fact]
    public void UrlMd5_NonAscii_IsThatOfTheUtf8()
    {
        Assert.Equal("d41d8cd98f00b204e9800998ecf8427e", EntryKeys.UrlMd5(""));
        Assert.Equal("db75ee04e2bd1baa3ac46411f591d253", EntryKeys.UrlMd5(Url));
    }

    [Fact]
    public void Keys_HaveTheFormsOfDeployedClients()
    {
        string md5 = EntryKeys.UrlMd5(Url);
        Assert.Equal($"file-urlmd5:{md5}", EntryKeys.ForUrl(Url).Value);
        Assert.Equal($"slapos-buildout-{md5}", EntryKeys.ForUrlInOlderBuildouts(Url).Value);
        Assert.StartsWith("pypi-buildout-", EntryKeys.ForUrlInOlderBuildouts("https://pypi.example/x").Value, StringComparison.Ordinal);
        Assert.Equal("pypi:foo=1.0", EntryKeys.ForPythonDistribution("foo", "1.0").Value);
        Assert.Equal($"pypi-index-{md5}-foo>=2", EntryKeys.ForPythonIndex(Url, "foo>=2").Value);
        Assert.Equal($"git-buildout-{md5}", EntryKeys.ForGitRepository(Url).Value);
        Assert.Equal(md5, EntryKeys.ForSoftwareRelease(Url).Value);
    }

    [Fact]
    public void ForPythonDistribution_Slash_IsRefused() => Assert.Throws<FormatException>(() => EntryKeys.ForPythonDistribution("a/b", "1"));
}
