using Shacache.Http.Surfaces;

namespace Shacache.Http.Tests.Surfaces;

public sealed class SurfaceRouterTests
{
    private static readonly SurfaceRouter Default = new(new CacheServerOptions());

    private static readonly SurfaceRouter WithHosts = new(new CacheServerOptions
    {
        CacheHosts = ["cache.example.org"],
        DirectoryHosts = ["dir.example.org"],
    });

    [Theory]
    [InlineData("/shacache", "Cache", "")]
    [InlineData("/shacache/", "Cache", "")]
    [InlineData("/shacache/abc", "Cache", "abc")]
    [InlineData("/shacache/cache", "Cache", "")]
    [InlineData("/shacache/cache/abc", "Cache", "abc")]
    [InlineData("/shacache/dir/abc", "Directory", "abc")]
    [InlineData("/shacache/directory", "Cache", "directory")]
    [InlineData("/shadir/a/b", "Directory", "a/b")]
    [InlineData("/shadir/..", "Directory", "..")]
    [InlineData("/shadir/a%2Fb?q=1", "Directory", "a%2Fb")]
    [InlineData("/shadir//a", "Directory", "/a")]
    [InlineData("/shadirx", "None", "")]
    [InlineData("/SHADIR/a", "None", "")]
    [InlineData("/", "Home", "")]
    [InlineData("/?x", "Home", "")]
    [InlineData("/healthz", "Health", "")]
    [InlineData("/healthz/", "None", "")]
    [InlineData("/account", "Account", "")]
    [InlineData("/account/renew?x", "Account", "renew")]
    [InlineData("/accounts", "None", "")]
    [InlineData("/admin/log?limit=2", "Admin", "log")]
    [InlineData("/admin/accounts/a", "Admin", "accounts/a")]
    [InlineData("/administer", "None", "")]
    [InlineData("*", "None", "")]
    [InlineData("", "None", "")]
    [InlineData("example.org:443", "None", "")]
    [InlineData("http://any.example/shadir/key?x", "Directory", "key")]
    [InlineData("HTTP://any.example", "Home", "")]
    [InlineData("http://any.example?q", "Home", "")]
    [InlineData("ftp://any.example/shadir/key", "None", "")]
    public void Find_ByPath_GivesSurfaceAndSegment(string target, string surface, string segment)
    {
        Route route = Default.Find(target, "localhost:8080");

        Assert.Equal(surface, route.Surface.ToString());
        Assert.Equal(segment, route.Segment.ToString());
    }

    [Theory]
    [InlineData("/abc", "cache.example.org", "Cache", "abc")]
    [InlineData("/", "CACHE.example.org:8080", "Cache", "")]
    [InlineData("/healthz", "dir.example.org", "Directory", "healthz")]
    [InlineData("/shadir/k", "dir.example.org", "Directory", "shadir/k")]
    [InlineData("/shadir/k", "other.example.org", "Directory", "k")]
    [InlineData("/k", "other.example.org", "None", "")]
    [InlineData("/admin/log", "dir.example.org", "Directory", "admin/log")]
    [InlineData("/admin/log", "admin.invalid", "Admin", "log")]
    [InlineData("/k", null, "None", "")]
    [InlineData("http://dir.example.org/k", "cache.example.org", "Directory", "k")]
    [InlineData("http://dir.example.org:81/k", "cache.example.org", "Directory", "k")]
    public void Find_ByHost_TakesTheWholePath(string target, string? host, string surface, string segment)
    {
        Route route = WithHosts.Find(target, host);

        Assert.Equal(surface, route.Surface.ToString());
        Assert.Equal(segment, route.Segment.ToString());
    }
}
