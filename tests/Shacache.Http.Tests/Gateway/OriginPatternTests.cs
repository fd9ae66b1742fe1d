using Shacache.Http.Gateway.Origins;

namespace Shacache.Http.Tests.Gateway;

public sealed class OriginPatternTests
{
    [Theory]
    [InlineData("example.org", "https/example.org/", true)]
    [InlineData("example.org", "http/example.org/", true)]
    [InlineData("Example.ORG", "http/eXample.org/", true)]
    [InlineData("example.org", "https/example.org:8443/", false)]
    [InlineData("example.org", "https/example.org:80/", false)]
    [InlineData("example.org", "https/www.example.org/", false)]
    [InlineData("example.org", "https/example.org.evil/", false)]
    [InlineData("example.org", "https/evilexample.org/", false)]
    [InlineData("*.example.org", "https/a.b.example.org/", true)]
    [InlineData("*.example.org", "https/example.org/", false)]
    [InlineData("*.example.org", "https/evilexample.org/", false)]
    [InlineData("deb*.example.org", "https/deb2.example.org/", true)]
    [InlineData("example.org:8080", "http/example.org:8080/", true)]
    [InlineData("example.org:8080", "http/example.org/", false)]
    [InlineData("example.org:*", "http/example.org:1234/", true)]
    [InlineData("*", "https/anything.example/", true)]
    [InlineData("*", "https/anything.example:444/", false)]
    public void Matches_HostAndPort(string text, string target, bool expected)
    {
        Assert.True(OriginUrl.TryParse(target, out OriginUrl? url, out _));

        Assert.Equal(expected, GatewaySite.Pattern(text).Matches(url));
    }

    [Theory]
    [InlineData("")]
    [InlineData("https://example.org")]
    [InlineData("example.org/")]
    [InlineData("user@example.org")]
    [InlineData("[::1]")]
    [InlineData("example.org:")]
    [InlineData("example.org:0")]
    [InlineData("example.org:65536")]
    [InlineData("exa?mple.org")]
    [InlineData(".example.org")]
    [InlineData("example.org.")]
    public void TryParse_AnythingElse_False(string text) => Assert.False(OriginPattern.TryParse(text, out _));
}
