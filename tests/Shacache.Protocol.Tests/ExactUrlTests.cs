namespace Shacache.Protocol.Tests;

public sealed class ExactUrlTests
{
    [Theory]
    [InlineData("http://example.org/~a/-b/%C3%A9//c/../d/./e", "/~a/-b/%C3%A9//c/../d/./e")]
    [InlineData("http://example.org/%7Ea/%2D/%2e%2E/%2f/%41", "/%7Ea/%2D/%2e%2E/%2f/%41")]
    [InlineData("http://example.org/a+b%2Bc%2bd?x=%20+&y=[1]|2", "/a+b%2Bc%2bd?x=%20+&y=[1]|2")]
    [InlineData("http://example.org/é b", "/%C3%A9%20b")]
    [InlineData("http://example.org/\ud83d\ude00", "/%F0%9F%98%80")]
    [InlineData("http://example.org/a\r\nX: y", "/a%0D%0AX:%20y")]
    [InlineData("http://example.org", "/")]
    [InlineData("http://example.org?a/b", "/?a/b")]
    [InlineData("http://example.org/a?b#c?d", "/a?b")]
    [InlineData("http://example.org#a/b", "/")]
    [InlineData("http://user:p%40ss@example.org/%7E", "/%7E")]
    [InlineData(" http://example.org/a ", "/a")]
    public void TryCreate_Url_IsAskedForAsGiven(string text, string target)
    {
        Assert.True(ExactUrl.TryCreate(text, out Uri? url));
        Assert.Equal(("example.org", target, ""), (url.Host, url.PathAndQuery, url.UserInfo));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/etc/passwd")]
    [InlineData("file:///etc/passwd")]
    [InlineData("ftp://example.org/")]
    [InlineData("http://")]
    [InlineData("http:example.org")]
    [InlineData("http://example.org\\@evil.example/")]
    [InlineData("http://example.org\\a")]
    public void TryCreate_NoSuchUrl_IsRefused(string text) => Assert.False(ExactUrl.TryCreate(text, out _));

    [Theory]
    [InlineData("/%7Eb/../c", "https://a.example:8443/%7Eb/../c")]
    [InlineData("http://b.example/%7E//x", "http://b.example/%7E//x")]
    [InlineData("//b.example/x", "https://b.example/x")]
    [InlineData("c", "https://a.example:8443/d/c")]
    [InlineData("../c?q", "https://a.example:8443/c?q")]
    [InlineData("/x#f", "https://a.example:8443/x")]
    [InlineData("/x?%41", "https://a.example:8443/x?%41")]
    public void TryFollow_Location_IsAskedForAsGiven(string location, string expected)
    {
        Assert.True(ExactUrl.TryCreate("https://a.example:8443/d/e", out Uri? from));
        Assert.True(ExactUrl.TryFollow(from, location, out Uri? url));
        Assert.Equal(expected, url.AbsoluteUri);
    }
}
