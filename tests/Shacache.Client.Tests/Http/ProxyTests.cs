using Shacache.Client.Configuration;
using Shacache.Client.Errors;
using Shacache.Client.Http;
using Shacache.Client.Tests.Servers;
using Shacache.Core.Blobs;
using Shacache.Testing;

namespace Shacache.Client.Tests.Http;

public sealed class ProxyTests
{
    private static readonly byte[] Bytes = Content.Random(10_000);
    private static readonly Digest Name = Content.DigestOf(Bytes);

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task DownloadAsync_HttpProxyWithPassword_AsksThroughIt()
    {
        await using var proxy = new ForwardingProxy("user:p@ss");
        await using var server = new ScriptedServer(Closing);
        using TestClient client = Through(server, ("http_proxy", $"http://user:p%40ss@{proxy.Authority}"));
        var destination = new MemoryStream();

        await client.Client.DownloadAsync(Name, destination, null, TestContext.Current.CancellationToken);

        Assert.Equal(Bytes, destination.ToArray());
        Assert.Equal([$"GET {server.Url}/{Name}"], proxy.Forwarded);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task DownloadAsync_HttpsProxy_TunnelsTls()
    {
        using var authority = new TestAuthority("Site CA");
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["ca.crt"], authority.Pem);
        await using var proxy = new ForwardingProxy();
        await using var server = new ScriptedServer(Closing, authority.ServerOptions(requireClient: false));
        using TestClient client = Through(server, new TlsFiles { AuthorityFile = folder["ca.crt"] }, ("https_proxy", proxy.Authority));
        var destination = new MemoryStream();

        await client.Client.DownloadAsync(Name, destination, null, TestContext.Current.CancellationToken);

        Assert.Equal(Bytes, destination.ToArray());
        Assert.Equal([$"CONNECT 127.0.0.1:{server.Port}"], proxy.Forwarded);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task DownloadAsync_NoProxyForTheHost_AsksDirectly()
    {
        await using var proxy = new ForwardingProxy();
        await using var server = new ScriptedServer(Closing);
        using TestClient client = Through(server, ("http_proxy", proxy.Authority), ("no_proxy", "example.org, 127.0.0.1"));
        await client.Client.DownloadAsync(Name, new MemoryStream(), null, TestContext.Current.CancellationToken);
        Assert.Empty(proxy.Forwarded);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task DownloadAsync_ProxyWantsAnotherPassword_SaysSoWithoutTheOldOne()
    {
        await using var proxy = new ForwardingProxy("user:right");
        await using var server = new ScriptedServer(Closing);
        using TestClient client = Through(server, ("http_proxy", $"http://user:wr0ng@{proxy.Authority}"));
        NetworkCacheRefusedException e = await Assert.ThrowsAsync<NetworkCacheRefusedException>(
            () => client.Client.DownloadAsync(Name, new MemoryStream(), null, TestContext.Current.CancellationToken));
        Assert.Contains("check user and password of the proxy", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wr0ng", e.ToString(), StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Fact(Timeout = TestTimeout.Milliseconds)]
    public async Task DownloadAsync_HttpsProxyWantsAPassword_IsUnavailableWithoutRetry()
    {
        await using var proxy = new ForwardingProxy("user:right");
        using TestClient client = new(
            options => options with { Proxy = new EnvironmentProxy(Lookup(("https_proxy", proxy.Authority))) }, null, "https://cache.example.org/");
        NetworkCacheUnavailableException e = await Assert.ThrowsAsync<NetworkCacheUnavailableException>(
            () => client.Client.DownloadAsync(Name, new MemoryStream(), null, TestContext.Current.CancellationToken));
        Assert.Contains("the proxy answered 407", e.Message, StringComparison.Ordinal);
        Assert.Empty(client.Warnings);
    }

    [Theory]
    [InlineData("http://cache.example.org/", "", "http://p:1/")]
    [InlineData("http://cache.example.org/", "example.org", null)]
    [InlineData("http://cache.example.org/", ".example.org", null)]
    [InlineData("http://cache.example.org/", "ache.example.org", "http://p:1/")]
    [InlineData("http://cache.example.org/", "CACHE.Example.org", null)]
    [InlineData("http://cache.example.org:81/", "cache.example.org:80", "http://p:1/")]
    [InlineData("http://cache.example.org:81/", "a.b,cache.example.org:81", null)]
    [InlineData("http://cache.example.org/", "*", null)]
    [InlineData("http://10.1.2.3/", "10.0.0.0/8", null)]
    [InlineData("http://11.1.2.3/", "10.0.0.0/8", "http://p:1/")]
    [InlineData("http://10.1.2.3/", "2.3", "http://p:1/")]
    [InlineData("http://[::1]/", "::1", null)]
    [InlineData("http://[::1]:81/", "[::1]:81", null)]
    [InlineData("https://cache.example.org/", "", "http://s:2/")]
    public void GetProxy_NoProxy_IsReadAsCurlReadsIt(string url, string noProxy, string? expected)
    {
        var proxy = new EnvironmentProxy(Lookup(("http_proxy", "p:1"), ("HTTPS_PROXY", "http://s:2"), ("no_proxy", noProxy)));
        var destination = new Uri(url);
        Assert.Equal(expected, proxy.IsBypassed(destination) ? null : proxy.GetProxy(destination)?.ToString());
    }

    [Fact]
    public void GetProxy_AllProxyAndUpperCaseHttp_FollowTheConventions()
    {
        var url = new Uri("http://h/");
        Assert.Equal(new Uri("http://a:1"), new EnvironmentProxy(Lookup(("all_proxy", "a:1"))).GetProxy(url));
        Assert.True(new EnvironmentProxy(Lookup(("HTTP_PROXY", "a:1"))).IsBypassed(url));
        Assert.Throws<NetworkCacheConfigurationException>(() => new EnvironmentProxy(Lookup(("http_proxy", "http://"))));
    }

    private static async Task Closing(HttpExchange exchange)
    {
        await Content.ServeAsync(exchange, Bytes, "Connection: close");
        exchange.Close();
    }

    private static TestClient Through(ScriptedServer server, params (string Name, string Value)[] environment) => Through(server, new TlsFiles(), environment);

    private static TestClient Through(ScriptedServer server, TlsFiles tls, params (string Name, string Value)[] environment) =>
        TestClient.For(options => options with { Proxy = new EnvironmentProxy(Lookup(environment)), CacheTls = tls }, server);

    private static Func<string, string?> Lookup(params (string Name, string Value)[] environment) =>
        name => environment.FirstOrDefault(variable => variable.Name == name).Value;
}
