using System.Net;

namespace Shacache.Protocol.Tests;

public sealed class RedirectsTests
{
    [Theory]
    [InlineData(301, true)]
    [InlineData(302, true)]
    [InlineData(303, true)]
    [InlineData(307, true)]
    [InlineData(308, true)]
    [InlineData(200, false)]
    [InlineData(300, false)]
    [InlineData(304, false)]
    [InlineData(306, false)]
    public void IsRedirect_Status_IsAsRfc9110Says(int status, bool expected) => Assert.Equal(expected, Redirects.IsRedirect((HttpStatusCode)status));

    [Theory]
    [InlineData("https://a.example/x", "http://a.example/x", true)]
    [InlineData("https://a.example/x", "https://b.example/x", false)]
    [InlineData("http://a.example/x", "http://b.example/x", false)]
    [InlineData("http://a.example/x", "https://a.example/x", false)]
    public void LeavesTls_FromHttps_OnlyToHttp(string from, string to, bool expected) =>
        Assert.Equal(expected, Redirects.LeavesTls(new Uri(from), new Uri(to)));

    [Theory]
    [InlineData("https://a.example/x", "https://A.example:443/y", true)]
    [InlineData("https://a.example/x", "https://a.example:8443/x", false)]
    [InlineData("https://a.example/x", "http://a.example/x", false)]
    [InlineData("https://a.example/x", "https://b.example/x", false)]
    public void IsSameServer_SchemeHostAndPort_Decide(string first, string second, bool expected) =>
        Assert.Equal(expected, Redirects.IsSameServer(new Uri(first), new Uri(second)));
}
