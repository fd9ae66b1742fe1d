using Shacache.Http.Gateway.Origins;

namespace Shacache.Http.Tests.Gateway;

public sealed class OriginUrlTests
{
    [Theory]
    [InlineData("https/example.org/a/b.tar.gz", "https://example.org/a/b.tar.gz")]
    [InlineData("http/example.org/a?x=1&y=/z?", "http://example.org/a?x=1&y=/z?")]
    [InlineData("https/EXAMPLE.Org./A", "https://example.org/A")]
    [InlineData("https/example.org:443/", "https://example.org/")]
    [InlineData("http/example.org:443/", "http://example.org:443/")]
    [InlineData("http/example.org", "http://example.org/")]
    [InlineData("http/example.org?q", "http://example.org/?q")]
    [InlineData("https/xn--bcher-kva.example/", "https://xn--bcher-kva.example/")]
    [InlineData("https/example.org/a/../b/%2e%2E/c%2Fd//e%0d%0a", "https://example.org/a/../b/%2e%2E/c%2Fd//e%0d%0a")]
    [InlineData("http/93.184.216.34/", "http://93.184.216.34/")]
    [InlineData("https/host_name.example/", "https://host_name.example/")]
    public void TryParse_HttpUrl_KeepsItInOneSpelling(string target, string expected)
    {
        Assert.True(OriginUrl.TryParse(target, out OriginUrl? url, out _));
        Assert.Equal(expected, url.Text);
        Assert.Equal(expected, url.Uri.OriginalString);
        Assert.Equal(expected[(expected.IndexOf(url.Host, StringComparison.Ordinal) + url.Host.Length)..].TrimStart(':', '4', '3'), url.Uri.PathAndQuery);
    }

    [Theory]
    [InlineData("http/127.0.0.1%3A20200/a", "http://127.0.0.1:20200/a")]
    [InlineData("https/example.org%3a8443", "https://example.org:8443/")]
    [InlineData("https/example.org%3A443/a", "https://example.org/a")]
    public void TryParse_ColonOfThePortEscaped_IsReadAsPipMeansIt(string target, string expected)
    {
        Assert.True(OriginUrl.TryParse(target, out OriginUrl? url, out _));
        Assert.Equal(expected, url.Text);
    }

    [Theory]
    [InlineData("http/example.org%3A80%3A80/")]
    [InlineData("http/example.org%3A/")]
    [InlineData("http/example.org:80%3A80/")]
    [InlineData("http/user%3Apassword@example.org/")]
    [InlineData("http/%3A%3A1/")]
    [InlineData("http/example.org%253A80/")]
    public void TryParse_EscapedColonThatIsNoPort_IsRefused(string target) => Assert.False(OriginUrl.TryParse(target, out _, out _));

    [Theory]
    [InlineData("")]
    [InlineData("https")]
    [InlineData("https/")]
    [InlineData("https//example.org/")]
    [InlineData("ftp/example.org/")]
    [InlineData("file/etc/passwd")]
    [InlineData("gopher/example.org/")]
    [InlineData("HTTPS/example.org/")]
    [InlineData("https:/example.org/")]
    [InlineData("http/2130706433/")]
    [InlineData("http/0x7f000001/")]
    [InlineData("http/0x7f.0.0.1/")]
    [InlineData("http/0177.0.0.1/")]
    [InlineData("http/017700000001/")]
    [InlineData("http/127.1/")]
    [InlineData("http/127.0.1/")]
    [InlineData("http/127.0.0.01/")]
    [InlineData("http/256.0.0.1/")]
    [InlineData("http/1.2.3.4.5/")]
    [InlineData("http/example.1/")]
    [InlineData("http/[::1]/")]
    [InlineData("http/[::ffff:127.0.0.1]/")]
    [InlineData("http/::1/")]
    [InlineData("http/example.org@127.0.0.1/")]
    [InlineData("http/user:password@example.org/")]
    [InlineData("http/example.org%40127.0.0.1/")]
    [InlineData("http/127.0.0.1%2F.example.org/")]
    [InlineData("http/example%2eorg/")]
    [InlineData("http/example.org%00.evil/")]
    [InlineData("http/example.org%0d%0aHost:%20evil/")]
    [InlineData("http/example.org#@evil/")]
    [InlineData("http/example.org\\@evil/")]
    [InlineData("http/example..org/")]
    [InlineData("http/.example.org/")]
    [InlineData("http/../")]
    [InlineData("http/./")]
    [InlineData("http/example.org../")]
    [InlineData("http/b\u00fccher.example/")]
    [InlineData("http/\uff11\uff12\uff17.0.0.1/")]
    [InlineData("http/127\u30020\u30020\u30021/")]
    [InlineData("http/example.org:/")]
    [InlineData("http/example.org:0/")]
    [InlineData("http/example.org:65536/")]
    [InlineData("http/example.org:80:80/")]
    [InlineData("http/example.org:-1/")]
    [InlineData("http/example.org: 80/")]
    [InlineData("http/example.org/a b")]
    [InlineData("http/example.org/a\r\nHost: evil")]
    [InlineData("http/example.org/\u00e9")]
    [InlineData("http/example.org/a#b")]
    [InlineData("http/example.org/a\\b")]
    public void TryParse_AnythingElse_IsRefusedInOneLine(string target)
    {
        Assert.False(OriginUrl.TryParse(target, out _, out string? problem));
        Assert.DoesNotContain('\n', problem);
    }

    [Theory]
    [InlineData("/other", "https://example.org/other")]
    [InlineData("c", "https://example.org/a/c")]
    [InlineData("//mirror.example/x#part", "https://mirror.example/x")]
    [InlineData("http://2130706433/", "http://127.0.0.1/")]
    [InlineData("http://0x7f.1:8080/", "http://127.0.0.1:8080/")]
    [InlineData("https://EXAMPLE.org:443/%41?q=%20", "https://example.org/%41?q=%20")]
    [InlineData("https://cdn.example/%7Eu/%c3%a9/a/../b//c?sig=%2b~%7e", "https://cdn.example/%7Eu/%c3%a9/a/../b//c?sig=%2b~%7e")]
    [InlineData("/%7eu/./x?y=/z", "https://example.org/%7eu/./x?y=/z")]
    [InlineData("//mirror.example?q=%41", "https://mirror.example/?q=%41")]
    [InlineData("?q", "https://example.org/a/b?q")]
    [InlineData("../x", "https://example.org/x")]
    [InlineData("/a b/\u00c3\u00a9", "https://example.org/a%20b/%C3%A9")]
    public void TryFollow_Location_IsResolvedToWhatIsConnectedTo(string location, string expected)
    {
        Assert.True(OriginUrl.TryParse("https/example.org/a/b", out OriginUrl? url, out _));

        Assert.True(url.TryFollow(location, out OriginUrl? target, out _));

        Assert.Equal(expected, target.Text);
    }

    [Theory]
    [InlineData("ftp://example.org/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("javascript:alert(1)")]
    [InlineData("http://user@example.org/")]
    [InlineData("http://example.org@127.0.0.1/")]
    [InlineData("http://[::1]/")]
    [InlineData("http://[::ffff:127.0.0.1]/")]
    [InlineData("http://")]
    public void TryFollow_LocationThatIsNoFileOfAHost_IsRefused(string location)
    {
        Assert.True(OriginUrl.TryParse("https/example.org/a/b", out OriginUrl? url, out _));

        Assert.False(url.TryFollow(location, out _, out _));
    }
}
