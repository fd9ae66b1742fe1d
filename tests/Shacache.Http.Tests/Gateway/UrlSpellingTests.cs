using Shacache.Http.Gateway.Origins;

namespace Shacache.Http.Tests.Gateway;

public sealed class UrlSpellingTests
{
    [Theory]
    [InlineData("/foo-1.0+b.tar.gz", "/foo-1.0%2Bb.tar.gz", "/foo-1.0%2bb.tar.gz")]
    [InlineData("/~user/a", "/%7Euser/a", "/%7euser/%61")]
    [InlineData("/%C3%A9", "/%c3%a9", "/%C3%a9")]
    [InlineData("/@scope/a:b=c,d;e!f", "/%40scope/a%3Ab%3Dc%2Cd%3Be%21f", "/%40scope/a:b%3dc,d;e!f")]
    [InlineData("/a%5B1%5D%7C", "/a[1]|", "/a%5b1]%7c")]
    [InlineData("/a?q=~x", "/a?q=%7Ex", "/a?q=%7e%78")]
    [InlineData("/a?%5Bq%5D=1", "/a?[q]=1", "/a?%5bq%5d=1")]
    public void Unify_SameFile_IsOneText(string one, string second, string third)
    {
        Assert.Equal(one, UrlSpelling.Unify(one));
        Assert.Equal(one, UrlSpelling.Unify(second));
        Assert.Equal(one, UrlSpelling.Unify(third));
    }

    [Theory]
    [InlineData("/a/b", "/a%2Fb")]
    [InlineData("/a%2Bb", "/a%252Bb")]
    [InlineData("/a?b", "/a%3Fb")]
    [InlineData("/?a+b", "/?a%2Bb")]
    [InlineData("/?a&b", "/?a%26b")]
    [InlineData("/?a=b", "/?a%3Db")]
    [InlineData("/a", "/A")]
    [InlineData("/a", "/a?")]
    [InlineData("/a/b", "/a//b")]
    [InlineData("/b", "/a/../b")]
    [InlineData("/b", "/./b")]
    [InlineData("/b", "/a/%2E%2E/b")]
    public void Unify_FilesThatMayDiffer_AreTwoTexts(string one, string other) => Assert.NotEqual(UrlSpelling.Unify(one), UrlSpelling.Unify(other));

    [Theory]
    [InlineData("/100%")]
    [InlineData("/100%2")]
    [InlineData("/100%zz")]
    [InlineData("/100%+2")]
    [InlineData("/a%0D%0A")]
    [InlineData("/a%25%20")]
    public void Unify_WhatCannotBeUnescaped_StaysAsItIs(string text) => Assert.Equal(text, UrlSpelling.Unify(text));

    [Theory]
    [InlineData("https://example.org/%7Euser", "https://example.org/~user")]
    [InlineData("https://example.org", "https://example.org")]
    [InlineData("https://example.org:8443?%7E", "https://example.org:8443?~")]
    public void UnifyUrl_Url_KeepsSchemeAndHost(string url, string expected) => Assert.Equal(expected, UrlSpelling.UnifyUrl(url));
}
