using System.Net;

namespace Shacache.Http.Tests.Gateway;

/// <summary>Tricks to reach what only the server can reach. Nothing private may be connected to, whatever the allow-list says.</summary>
public sealed class SsrfTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Get_LoopbackAddress_Is403AndNobodyConnects()
    {
        await using OriginServer inner = await OriginServer.StartAsync("secret"u8.ToArray());
        await using TestServer server = await StartWithRealResolverAsync();

        foreach (string host in (string[])[$"127.0.0.1:{inner.Port}", $"localhost:{inner.Port}", $"LOCALHOST.:{inner.Port}", $"0.0.0.0:{inner.Port}", "169.254.169.254"])
        {
            using HttpResponseMessage answer = await server.Client.GetAsync($"/fetch/http/{host}/latest", Token);
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
            await ErrorLine.AssertAsync(answer, "not of the public internet");
        }

        Assert.Empty(inner.Requests);
    }

    [Theory]
    [InlineData("2130706433")]
    [InlineData("0x7f000001")]
    [InlineData("0177.0.0.1")]
    [InlineData("127.1")]
    [InlineData("[::1]")]
    [InlineData("[::ffff:127.0.0.1]")]
    [InlineData("example.org@127.0.0.1")]
    [InlineData("127.0.0.1%2f.example.org")]
    [InlineData("127%2e0%2e0%2e1")]
    [InlineData("example.org%0d%0aHost:%20evil")]
    public async Task Get_HostInDisguise_Is400AndNobodyConnects(string host)
    {
        await using OriginServer inner = await OriginServer.StartAsync("secret"u8.ToArray());
        await using TestServer server = await StartWithRealResolverAsync();

        ErrorLine.AssertRaw(await server.ExchangeAsync($"GET /fetch/http/{host}:{inner.Port}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), 400);

        Assert.Empty(inner.Requests);
    }

    [Theory]
    [InlineData("10.1.2.3")]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("2002:7f00:1::")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("fd00::1")]
    [InlineData("fe80::1")]
    [InlineData("100.64.0.1")]
    [InlineData("0.0.0.0")]
    [InlineData("224.0.0.1")]
    public async Task Get_NameOfAnAddressThatIsNotPublic_Is403(string address)
    {
        await using TestServer server = await GatewaySite.StartStrictAsync(("inner.example", [address]));

        using HttpResponseMessage answer = await server.Client.GetAsync("/fetch/https/inner.example/", Token);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        await ErrorLine.AssertAsync(answer, "inner.example has an address that is not of the public internet");
    }

    [Fact]
    public async Task Get_NameOfAPublicAndAPrivateAddress_Is403AndNobodyConnects()
    {
        await using OriginServer origin = await OriginServer.StartAsync(_ => Task.CompletedTask, "127.0.0.2");
        await using TestServer server = await GatewaySite.StartStrictAsync(("both.example", ["127.0.0.2", "127.0.0.1"]));

        using HttpResponseMessage answer = await server.Client.GetAsync($"/fetch/http/both.example:{origin.Port}/", Token);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Empty(origin.Requests);
    }

    [Theory]
    [InlineData("http://127.0.0.1:{0}/")]
    [InlineData("http://inner.example:{0}/")]
    [InlineData("http://2130706433:{0}/")]
    [InlineData("http://0x7f.1:{0}/")]
    [InlineData("http://0177.0.0.1:{0}/")]
    [InlineData("http://public.example@127.0.0.1:{0}/")]
    [InlineData("http://[::1]:{0}/")]
    [InlineData("http://[::ffff:127.0.0.1]:{0}/")]
    [InlineData("//127.0.0.1:{0}/")]
    [InlineData("ftp://127.0.0.1:{0}/")]
    [InlineData("file:///etc/passwd")]
    public async Task Get_RedirectToLoopback_Is403AndNobodyConnects(string location)
    {
        await using OriginServer inner = await OriginServer.StartAsync("secret"u8.ToArray());
        string target = string.Format(location, inner.Port);
        await using OriginServer origin = await OriginServer.StartAsync(
            context =>
            {
                context.Response.StatusCode = 302;
                context.Response.Headers.Location = target;
                return Task.CompletedTask;
            },
            "127.0.0.2");
        await using TestServer server = await GatewaySite.StartStrictAsync(("public.example", ["127.0.0.2"]), ("inner.example", ["127.0.0.1"]));

        using HttpResponseMessage answer = await server.Client.GetAsync($"/fetch/http/public.example:{origin.Port}/", Token);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Single(origin.Requests);
        Assert.Empty(inner.Requests);
    }

    [Fact]
    public async Task Get_OriginOrPortThatIsNotAllowed_Is403AndNobodyConnects()
    {
        await using OriginServer other = await OriginServer.StartAsync("other"u8.ToArray());
        await using TestServer server = await GatewaySite.StartAsync(
            new() { Origins = [GatewaySite.Pattern("127.0.0.1"), GatewaySite.Pattern("*.example.org")], AllowPrivateAddresses = true });

        foreach (string target in (string[])[$"http/127.0.0.1:{other.Port}/", $"http/127.0.0.2:{other.Port}/", "https/example.org/", "https/a.example.org:22/"])
        {
            using HttpResponseMessage answer = await server.Client.GetAsync($"/fetch/{target}", Token);
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
            await ErrorLine.AssertAsync(answer, "gateway-origins");
        }

        Assert.Empty(other.Requests);
    }

    [Fact]
    public async Task Get_RedirectToAnOriginThatIsNotAllowed_Is403AndNobodyConnects()
    {
        await using OriginServer other = await OriginServer.StartAsync("other"u8.ToArray());
        await using OriginServer origin = await OriginServer.StartAsync(context =>
        {
            context.Response.Redirect($"http://{other.Host}/");
            return Task.CompletedTask;
        });
        await using TestServer server = await GatewaySite.StartAsync(new() { Origins = [GatewaySite.Pattern(origin.Host)], AllowPrivateAddresses = true });

        using HttpResponseMessage answer = await server.Client.GetAsync($"/fetch/http/{origin.Host}/", Token);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Empty(other.Requests);
    }

    [Fact]
    public async Task Get_AnyUrl_CarriesNothingOfTheClient()
    {
        await using OriginServer origin = await OriginServer.StartAsync("file"u8.ToArray());
        await using TestServer server = await GatewaySite.StartAsync();

        string answer = await server.ExchangeAsync(
            $"GET /fetch/http/{origin.Host}/a%2fb/../c?q=1&r=%20 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Basic c2VjcmV0\r\n" +
            "Cookie: secret=1\r\nX-Forwarded-For: 10.0.0.1\r\nReferer: http://inner.example/\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        (string line, Dictionary<string, string> headers) = Assert.Single(origin.Requests);
        Assert.Equal("GET /a%2fb/../c?q=1&r=%20", line);
        Assert.Equal(["Accept", "Accept-Encoding", "Host", "User-Agent"], headers.Keys.Order(StringComparer.Ordinal));
    }

    // The real resolver, and nothing that is not public: as it is installed.
    private static Task<TestServer> StartWithRealResolverAsync() => GatewaySite.StartAsync(new() { Origins = [GatewaySite.Pattern("*:*")] });
}
