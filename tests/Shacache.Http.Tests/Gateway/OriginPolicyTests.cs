using Shacache.Http.Gateway.Origins;

namespace Shacache.Http.Tests.Gateway;

public sealed class OriginPolicyTests
{
    [Theory]
    [InlineData("https/a.example/", "https/b.example/", true)]
    [InlineData("http/a.example/", "https/b.example/", true)]
    [InlineData("http/a.example/", "http/a.example/", true)]
    [InlineData("https/a.example/", "http/a.example/", false)]
    [InlineData("https/a.example/", "https/other.test/", false)]
    [InlineData("https/a.example/", "https/b.example:8443/", false)]
    public void FindRedirectProblem_OnlyToAllowedOrigins_AndNeverFromHttpsToHttp(string from, string to, bool isFollowed)
    {
        var policy = new OriginPolicy(new GatewayOptions { Origins = [GatewaySite.Pattern("*.example")] });
        Assert.True(OriginUrl.TryParse(from, out OriginUrl? source, out _));
        Assert.True(OriginUrl.TryParse(to, out OriginUrl? target, out _));

        Assert.Equal(isFollowed, policy.FindRedirectProblem(source, target) is null);
    }
}
