using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Shacache.Http.Gateway.Origins;
using Shacache.Http.Remotes.Indexes;
using Shacache.Http.Tests.Gateway;

namespace Shacache.Http.Tests.Remotes;

/// <summary>Repositories of Debian packages: states that fit together, what an index says of a package, and the server as a proxy.</summary>
public sealed class AptRemoteTests
{
    private readonly ConcurrentDictionary<string, string> _site = new(StringComparer.Ordinal);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Get_IndexByItsName_IsThatOfTheStateThatTheClientWasGiven()
    {
        await using OriginServer origin = await StartOriginAsync();
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.Apt, $"http://{origin.Host}/", remote => remote.IndexTtl = TimeSpan.Zero);
        using HttpClient early = NewClient(server);
        using HttpClient late = NewClient(server);
        Publish("./", ("Packages", "old"));
        Assert.Contains(Hash("old"), await early.GetStringAsync("/remote/apt/./InRelease", Token), StringComparison.Ordinal);
        Publish("./", ("Packages", "new"));
        Assert.Contains(Hash("new"), await late.GetStringAsync("/remote/apt/./InRelease", Token), StringComparison.Ordinal);

        Assert.Equal("old", await early.GetStringAsync("/remote/apt/./Packages", Token));
        Assert.Equal("new", await late.GetStringAsync("/remote/apt/./Packages", Token));
        Assert.Equal("old", await early.GetStringAsync($"/remote/apt/by-hash/SHA256/{Hash("old")}", Token));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("another index")]
    public async Task Get_ReleaseWhoseIndexesAreNotThere_TheOldOneStays(string? index)
    {
        await using OriginServer origin = await StartOriginAsync();
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.Apt, $"http://{origin.Host}/", remote => remote.IndexTtl = TimeSpan.Zero);
        Publish("dists/stable/", ("main/Packages", "old"), ("main/Contents", "old contents"));
        await RemoteSite.GetAsync(server, "/remote/apt/dists/stable/InRelease");
        Assert.Equal("old", (await RemoteSite.GetAsync(server, "/remote/apt/dists/stable/main/Packages")).Text);

        // Of the other index no client ever asked: that it is missing keeps nothing back.
        Publish("dists/stable/", ("main/Packages", "new"), ("main/Contents", "new contents"));
        _site.TryRemove("/dists/stable/main/Contents", out _);
        _site.TryRemove("/dists/stable/main/Packages", out _);
        if (index is not null)
            _site["/dists/stable/main/Packages"] = index;
        (HttpResponseMessage answer, string text) = await RemoteSite.GetAsync(server, "/remote/apt/dists/stable/InRelease");
        Assert.Contains(Hash("old"), text, StringComparison.Ordinal);
        Assert.Equal("stale", RemoteSite.CacheStatus(answer));
        Assert.Equal("old", (await RemoteSite.GetAsync(server, "/remote/apt/dists/stable/main/Packages")).Text);

        _site["/dists/stable/main/Packages"] = "new";
        await Shacache.Testing.Eventually.IsTrueAsync(async () =>
            (await RemoteSite.GetAsync(server, "/remote/apt/dists/stable/InRelease")).Text.Contains(Hash("new"), StringComparison.Ordinal));
        Assert.Equal("new", (await RemoteSite.GetAsync(server, "/remote/apt/dists/stable/main/Packages")).Text);
    }

    [Fact]
    public async Task Get_RepositoryWithoutInRelease_HasNoneAlsoWithoutItsOrigin()
    {
        var time = new Shacache.Testing.ManualTimeProvider();
        await using OriginServer origin = await StartOriginAsync();
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.Apt, $"http://{origin.Host}/", time: time);
        Publish("dists/stable/", ("main/Packages", "index"));
        _site.TryRemove("/dists/stable/InRelease", out string? release);
        _site["/dists/stable/Release"] = release!;
        _site["/dists/stable/Release.gpg"] = "signature";
        Assert.Equal(HttpStatusCode.NotFound, (await RemoteSite.GetAsync(server, "/remote/apt/dists/stable/InRelease")).Answer.StatusCode);
        Assert.Equal(release, (await RemoteSite.GetAsync(server, "/remote/apt/dists/stable/Release")).Text);
        await origin.DisposeAsync();
        time.Advance(TimeSpan.FromDays(1));

        Assert.Equal(HttpStatusCode.NotFound, (await RemoteSite.GetAsync(server, "/remote/apt/dists/stable/InRelease")).Answer.StatusCode);
        Assert.Equal(release, (await RemoteSite.GetAsync(server, "/remote/apt/dists/stable/Release")).Text);
        Assert.Equal("signature", (await RemoteSite.GetAsync(server, "/remote/apt/dists/stable/Release.gpg")).Text);

        // Where no other form is here, the failure is told.
        Assert.Equal(HttpStatusCode.BadGateway, (await RemoteSite.GetAsync(server, "/remote/apt/dists/other/InRelease")).Answer.StatusCode);
    }

    [Fact]
    public async Task Get_Packages_AreComparedWithWhatTheIndexesSay()
    {
        await using OriginServer origin = await StartOriginAsync();
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.Apt, $"http://{origin.Host}/");
        string sources =
            $"Package: a\nFiles:\n 00 4 a_1.dsc\nChecksums-Sha256:\n {Hash("dsc")} 3 a_1.dsc\n {Hash("tar")} 3 a_1.tar.xz\nDirectory: pool/a\n\nPackage: b\nDirectory: pool/b\nChecksums-Sha256:\n {Hash("b")} 1 b.dsc\n";
        Publish(
            "dists/stable/", ("main/Packages", $"Package: c\nFilename: pool/c.deb\nSHA256: {Hash("c")}\nDescription: {new string('x', 10_000)}\n\nPackage: d\nSHA256: {Hash("d")}\nFilename: ./pool/d.deb"),
            ("main/Sources", sources));
        foreach (string path in (string[])["InRelease", "main/Packages", "main/Sources"])
            Assert.Equal(HttpStatusCode.OK, (await RemoteSite.GetAsync(server, $"/remote/apt/dists/stable/{path}")).Answer.StatusCode);
        foreach ((string path, string content) in ((string, string)[])[("a/a_1.dsc", "dsc"), ("a/a_1.tar.xz", "tar"), ("b/b.dsc", "b"), ("c.deb", "c"), ("d.deb", "d")])
        {
            _site[$"/pool/{path}"] = "wrong";
            (HttpResponseMessage wrong, string line) = await RemoteSite.GetAsync(server, $"/remote/apt/pool/{path}");
            Assert.Equal(HttpStatusCode.BadGateway, wrong.StatusCode);
            Assert.Contains($"sha256-{Hash(content)}", line, StringComparison.Ordinal);
            _site[$"/pool/{path}"] = content;
            Assert.Equal(content, (await RemoteSite.GetAsync(server, $"/remote/apt/pool/{path}")).Text);
            Assert.Equal("hit", RemoteSite.CacheStatus((await RemoteSite.GetAsync(server, $"/remote/apt/pool/{path}")).Answer));
        }

        // What no index names is kept as the gateway keeps it.
        _site["/pool/other.deb"] = "other";
        Assert.Equal("other", (await RemoteSite.GetAsync(server, "/remote/apt/pool/other.deb")).Text);
    }

    [Fact]
    public async Task Get_RebuiltPackageUnderTheSameName_IsTheOneThatTheNewIndexNames()
    {
        await using OriginServer origin = await StartOriginAsync();
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.Apt, $"http://{origin.Host}/", remote => remote.IndexTtl = TimeSpan.Zero);
        foreach (string build in (string[])["first", "second"])
        {
            Publish("./", ("Packages", $"Filename: ./a.deb\nSHA256: {Hash(build)}\n"));
            _site["/a.deb"] = build;
            await RemoteSite.GetAsync(server, "/remote/apt/./InRelease");
            await RemoteSite.GetAsync(server, "/remote/apt/./Packages");
            Assert.Equal(build, (await RemoteSite.GetAsync(server, "/remote/apt/./a.deb")).Text);
        }
    }

    [Fact]
    public async Task AsProxy_HostOfARemote_OrOfTheGateway_AndNoOther()
    {
        await using OriginServer origin = await StartOriginAsync();
        await using OriginServer other = await StartOriginAsync();
        await using OriginServer third = await StartOriginAsync();
        await using TestServer server = await RemoteSite.StartAsync(
            RemoteType.Apt, $"http://{origin.Host}/debian/", gateway: new GatewayOptions { Origins = [GatewaySite.Pattern($"127.0.0.1:{other.Port}")] });
        Publish("debian/", ("Packages", "index"));
        using var client = new HttpClient(new SocketsHttpHandler { Proxy = new WebProxy(server.Url), UseProxy = true });

        foreach (OriginServer one in (OriginServer[])[origin, other])
        {
            Assert.Contains(Hash("index"), await client.GetStringAsync($"http://{one.Host}/debian/InRelease", Token), StringComparison.Ordinal);
            Assert.Equal("index", await client.GetStringAsync($"http://{one.Host}/debian/Packages", Token));
            using HttpResponseMessage kept = await client.GetAsync($"http://{one.Host}/debian/Packages", Token);
            Assert.Equal("hit", RemoteSite.CacheStatus(kept));
        }

        // A client that was given the path of the remote has the same.
        Assert.Equal("hit", RemoteSite.CacheStatus((await RemoteSite.GetAsync(server, "/remote/apt/Packages")).Answer));
        using HttpResponseMessage refused = await client.GetAsync($"http://{third.Host}/debian/InRelease", Token);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Contains("gateway-origins", await refused.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Empty(third.Requests);
        using HttpResponseMessage put = await client.PutAsync($"http://{origin.Host}/debian/x", new ByteArrayContent([1]), Token);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, put.StatusCode);
        using RawConnection tunnel = await server.ConnectAsync();
        await tunnel.SendAsync($"CONNECT {origin.Host} HTTP/1.1\r\nHost: {origin.Host}\r\n\r\n");
        Assert.StartsWith("HTTP/1.1 405", await tunnel.ReadUntilAsync("\r\n"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("no Release file")]
    [InlineData("Origin: x\nSuite: stable\n")]
    public async Task Get_PageInThePlaceOfARelease_IsNoState(string page)
    {
        await using OriginServer origin = await StartOriginAsync();
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.Apt, $"http://{origin.Host}/");
        _site["/dists/stable/InRelease"] = page;

        (HttpResponseMessage answer, string text) = await RemoteSite.GetAsync(server, "/remote/apt/dists/stable/InRelease");

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Contains("names no files by hashes", text, StringComparison.Ordinal);
    }

    private static string Hash(string content) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)));

    private static HttpClient NewClient(TestServer server) => new(new SocketsHttpHandler { MaxConnectionsPerServer = 1 }) { BaseAddress = server.Url };

    private Task<OriginServer> StartOriginAsync() => OriginServer.StartAsync(context =>
    {
        string target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        if (!_site.TryGetValue(target, out string? content))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        context.Response.ContentLength = content.Length;
        return context.Response.WriteAsync(content, Token);
    });

    /// <summary>Publishes a state.</summary>
    private void Publish(string folder, params (string Path, string Content)[] indexes)
    {
        string place = $"/{folder}".Replace("/./", "/", StringComparison.Ordinal);
        foreach ((string path, string content) in indexes)
            _site[place + path] = content;
        _site[$"{place}InRelease"] = $"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nSuite: stable\nMD5Sum:\n {new string('0', 32)} 1 Packages\nSHA256:\n" +
            $"{string.Concat(indexes.Select(index => $" {Hash(index.Content)} {index.Content.Length} {index.Path}\n"))}-----BEGIN PGP SIGNATURE-----\nSHA256:\n {new string('1', 64)} 1 Packages\n";
    }
}
