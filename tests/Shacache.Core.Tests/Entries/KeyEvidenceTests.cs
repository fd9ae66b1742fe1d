using Shacache.Core.Blobs;
using Shacache.Core.Entries;

namespace Shacache.Core.Tests.Entries;

public sealed class KeyEvidenceTests
{
    private const string Url = "https://example.org/a.git";
    private const string OtherMd5 = "0cc175b9c0f1b6a831c399e269772661";

    [Theory]
    [InlineData("git-buildout-MD5", """{"file_name": "notused", "urlmd5": "notused", "revision": "abc", "timestamp": 1.5}""")]
    [InlineData("git-buildout-MD5", """{"urlmd5": "notused", "url": "notused", "key": ""}""")]
    [InlineData("file-urlmd5:MD5", """{"urlmd5": ""}""")]
    [InlineData("file-urlmd5:MD5", """{"urlmd5": null, "url": 5, "key": ["x"]}""")]
    [InlineData("file-urlmd5:MD5", """{"urlmd5": "0cc175b9c0f1b6a831c399e26977266"}""")]
    [InlineData("file-urlmd5:MD5", """{"urlmd5": "0cc175b9c0f1b6a831c399e26977266g"}""")]
    [InlineData("file-urlmd5:MD5", """{"url": ""}""")]
    [InlineData("file-urlmd5:MD5", """{"url": "none"}""")]
    [InlineData("file-urlmd5:MD5", """{"url": "n/a: none"}""")]
    [InlineData("MD5", """{"software_url": "unknown"}""")]
    [InlineData("pypi:a=1", """{"url": "https://example.org/elsewhere", "urlmd5": "0cc175b9c0f1b6a831c399e269772661"}""")]
    [InlineData("any", """{"key": "a/b"}""")]
    public void Of_NoMemberHasTheFormThatProvesAnything_SaysNothing(string key, string metadata) => Assert.Null(Read(key, metadata).Belongs);

    [Theory]
    [InlineData("git-buildout-MD5", """{"urlmd5": "0cc175b9c0f1b6a831c399e269772661"}""")]
    [InlineData("git-buildout-MD5", """{"urlmd5": "0CC175B9C0F1B6A831C399E269772661"}""")]
    [InlineData("git-buildout-MD5", """{"urlmd5": "notused", "url": "https://example.org/b.git"}""")]
    [InlineData("git-buildout-MD5", """{"urlmd5": "notused", "key": "git-buildout-0cc175b9c0f1b6a831c399e269772661"}""")]
    [InlineData("MD5", """{"software_url": "/srv/b/software.cfg"}""")]
    [InlineData("slapos-buildout-MD5", """{"url": "ssh://git@example.org/b"}""")]
    [InlineData("any", """{"key": "other"}""")]
    public void Of_MemberNamesAnother_SaysThatItIsAReplay(string key, string metadata)
    {
        KeyEvidence evidence = Read(key, metadata);
        Assert.False(evidence.Belongs);
        Assert.StartsWith("a replay: ", evidence.Explanation, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("git-buildout-MD5", """{"urlmd5": "notused", "url": "https://example.org/a.git"}""", "its url is the one in this key")]
    [InlineData("git-buildout-MD5", """{"urlmd5": "MD5"}""", "its urlmd5 is the one in this key")]
    [InlineData("pypi-index-MD5-a==1", """{"urlmd5": "MD5"}""", "its urlmd5 is the one in this key")]
    [InlineData("MD5", """{"software_url": "https://example.org/a.git"}""", "its software_url is the one in this key")]
    [InlineData("any", """{"key": "any", "urlmd5": "notused"}""", "it names this key")]
    public void Of_MemberNamesThisOne_ProvesIt(string key, string metadata, string explanation) =>
        Assert.Equal(new KeyEvidence(true, explanation), Read(key, metadata));

    [Fact]
    public void Of_TextWithoutTheFormOfAUrl_ProvesItsOwnKey()
    {
        string key = $"file-urlmd5:{UrlMd5.Of("folder")}";
        Assert.True(Read(key, """{"url": "folder"}""").Belongs);
    }

    private static KeyEvidence Read(string key, string metadata)
    {
        string md5 = UrlMd5.Of(Url);
        Assert.NotEqual(OtherMd5, md5);
        string information = $$"""{"sha512": "{{Digest.Empty}}", {{metadata[1..]}}""".Replace("MD5", md5, StringComparison.Ordinal);
        Assert.True(SignedEntry.TryCreate(information, "", out SignedEntry? entry, out string? problem), problem);
        return KeyEvidence.Of(EntryKey.Create(key.Replace("MD5", md5, StringComparison.Ordinal)), entry);
    }
}
