using Shacache.Http.Routing;

namespace Shacache.Http.Tests.Routing;

public sealed class RouterTests(RouterTests.Servers servers) : IClassFixture<RouterTests.Servers>
{
    [Theory]
    [InlineData("/shacache", "ContentEndpoint", "")]
    [InlineData("/shacache/", "ContentEndpoint", "")]
    [InlineData("/shacache/abc", "ContentEndpoint", "abc")]
    [InlineData("/shacache/cache", "ContentEndpoint", "")]
    [InlineData("/shacache/cache/abc", "ContentEndpoint", "abc")]
    [InlineData("/shacache/dir/abc", "EntryEndpoint", "abc")]
    [InlineData("/shacache/directory", "ContentEndpoint", "directory")]
    [InlineData("/shacache/update", "OperatorEndpoint", "update")]
    [InlineData("/shacache/update/", "ContentEndpoint", "update/")]
    [InlineData("/shadir/a/b", "EntryEndpoint", "a/b")]
    [InlineData("/shadir/..", "EntryEndpoint", "..")]
    [InlineData("/shadir/a%2Fb?q=1", "EntryEndpoint", "a%2Fb")]
    [InlineData("/shadir//a", "EntryEndpoint", "/a")]
    [InlineData("/shadirx", "UnknownPath", "")]
    [InlineData("/SHADIR/a", "UnknownPath", "")]
    [InlineData("/", "PageEndpoint", "")]
    [InlineData("/?x", "PageEndpoint", "")]
    [InlineData("/healthz", "PageEndpoint", "")]
    [InlineData("/livez", "PageEndpoint", "")]
    [InlineData("/healthz/", "UnknownPath", "")]
    [InlineData("/account", "OffEndpoint", "")]
    [InlineData("/account/renew?x", "OffEndpoint", "renew")]
    [InlineData("/accounts", "UnknownPath", "")]
    [InlineData("/admin/log?limit=2", "OffEndpoint", "log")]
    [InlineData("/admin/accounts/a", "OffEndpoint", "accounts/a")]
    [InlineData("/administer", "UnknownPath", "")]
    [InlineData("/mirror/pull/key?key=a", "OperatorEndpoint", "pull/key")]
    [InlineData("/fetch", "UnknownPath", "")]
    [InlineData("/fetch/https/a", "OffEndpoint", "https/a")]
    [InlineData("*", "UnknownPath", "")]
    [InlineData("", "UnknownPath", "")]
    [InlineData("example.org:443", "UnknownPath", "")]
    [InlineData("http://any.example/shadir/key?x", "EntryEndpoint", "key")]
    [InlineData("HTTP://any.example", "PageEndpoint", "")]
    [InlineData("http://any.example?q", "PageEndpoint", "")]
    [InlineData("ftp://any.example/shadir/key", "UnknownPath", "")]
    public void Find_ByPath_GivesEndpointAndSegment(string target, string endpoint, string segment)
    {
        Route route = servers.Plain.Router.Find(target, "localhost:8080");

        Assert.Equal(endpoint, route.Endpoint.GetType().Name);
        Assert.Equal(segment, route.Segment.ToString());
    }

    [Theory]
    [InlineData("/abc", "cache.example.org", "ContentEndpoint", "abc")]
    [InlineData("/", "CACHE.example.org:8080", "ContentEndpoint", "")]
    [InlineData("/healthz", "dir.example.org", "EntryEndpoint", "healthz")]
    [InlineData("/shadir/k", "dir.example.org", "EntryEndpoint", "shadir/k")]
    [InlineData("/shadir/k", "other.example.org", "EntryEndpoint", "k")]
    [InlineData("/k", "other.example.org", "UnknownPath", "")]
    [InlineData("/admin/log", "dir.example.org", "EntryEndpoint", "admin/log")]
    [InlineData("/admin/log", "admin.invalid", "OffEndpoint", "log")]
    [InlineData("/k", null, "UnknownPath", "")]
    [InlineData("http://dir.example.org/k", "cache.example.org", "EntryEndpoint", "k")]
    [InlineData("http://dir.example.org:81/k", "cache.example.org", "EntryEndpoint", "k")]
    public void Find_ByHost_TakesTheWholePath(string target, string? host, string endpoint, string segment)
    {
        Route route = servers.WithHosts.Router.Find(target, host);

        Assert.Equal(endpoint, route.Endpoint.GetType().Name);
        Assert.Equal(segment, route.Segment.ToString());
    }

    [Fact]
    public void ReservedPaths_OfTheServer_AreThoseOfItsFixedEndpoints()
    {
        var options = new CacheServerOptions();

        Assert.Equal(
            CacheServerOptions.ReservedPaths.Concat(options.CachePaths).Concat(options.DirectoryPaths).Append("/").Order(StringComparer.Ordinal),
            servers.Plain.Endpoints.SelectMany(endpoint => endpoint.Mounts).Select(mount => mount.Name).Order(StringComparer.Ordinal));
    }

    public sealed class Servers : IAsyncLifetime
    {
        internal TestServer Plain { get; private set; } = null!;

        internal TestServer WithHosts { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Plain = await TestServer.StartAsync();
            WithHosts = await TestServer.StartAsync(new CacheServerOptions { CacheHosts = ["cache.example.org"], DirectoryHosts = ["dir.example.org"] });
        }

        public async ValueTask DisposeAsync()
        {
            await Plain.DisposeAsync();
            await WithHosts.DisposeAsync();
        }
    }
}
