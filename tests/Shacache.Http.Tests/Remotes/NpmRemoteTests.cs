using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Shacache.Core.Blobs;
using Shacache.Http.Remotes.Indexes;
using Shacache.Http.Tests.Gateway;

namespace Shacache.Http.Tests.Remotes;

/// <summary>Packuments and archives of a registry, as clients see them.</summary>
public sealed class NpmRemoteTests
{
    private const string Abbreviated = "application/vnd.npm.install-v1+json";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private byte[] _archive = RandomNumberGenerator.GetBytes(2000);

    private string Integrity => $"sha512-{Convert.ToBase64String(SHA512.HashData(_archive))}";

    [Theory]
    [InlineData("/remote/npm/@s%2fp")]
    [InlineData("/remote/npm/@s%2Fp")]
    [InlineData("/remote/npm/@s/p")]
    public async Task Get_Packument_IsThatOfTheRegistryButForLinks_InEitherForm(string path)
    {
        await using OriginServer origin = await StartOriginAsync();
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.Npm, $"http://{origin.Host}/");

        foreach (string accept in (string[])["application/json", $"{Abbreviated}; q=1.0, application/json; q=0.8, */*"])
        {
            (HttpResponseMessage answer, string text) = await RemoteSite.GetAsync(server, path, ("Accept", accept));

            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(PackumentOf(origin, accept.Contains(Abbreviated, StringComparison.Ordinal)).Replace($"http://{origin.Host}/", $"{server.Url}remote/npm/", StringComparison.Ordinal), text);
        }

        Assert.All(origin.Requests, request => Assert.Equal("GET /@s%2fp", request.Line));
        Assert.Equal(2, origin.Requests.Count);
    }

    [Fact]
    public async Task Get_Archive_WithoutThePackumentAskedFor_IsCheckedAndKept()
    {
        await using OriginServer origin = await StartOriginAsync();
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.Npm, $"http://{origin.Host}/");

        Assert.Equal(_archive, await server.Client.GetByteArrayAsync("/remote/npm/@s/p/-/p-1.0.0.tgz", Token));
        Assert.NotNull(await server.Blobs.OpenAsync(Digest.Compute(_archive), Token));
        (HttpResponseMessage again, _) = await RemoteSite.GetAsync(server, "/remote/npm/@s%2fp/-/p-1.0.0.tgz", ("pacote-integrity", Integrity));
        Assert.Equal("hit", RemoteSite.CacheStatus(again));
        Assert.Equal(2, origin.Requests.Count);
        Assert.Equal(HttpStatusCode.NotFound, (await RemoteSite.GetAsync(server, "/remote/npm/@s/p/-/p-3.0.0.tgz")).Answer.StatusCode);
    }

    [Fact]
    public async Task Get_ArchiveWhoseContentIsHereAlready_IsNotFetched()
    {
        await using OriginServer origin = await StartOriginAsync();
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.Npm, $"http://{origin.Host}/");
        using var upload = new ByteArrayContent(_archive);
        (await server.Client.PutAsync($"/shacache/{Digest.Compute(_archive)}", upload, Token)).EnsureSuccessStatusCode();

        Assert.Equal(_archive, await server.Client.GetByteArrayAsync("/remote/npm/@s/p/-/p-1.0.0.tgz", Token));
        Assert.Equal("GET /@s%2fp", Assert.Single(origin.Requests).Line);
    }

    [Fact]
    public async Task Get_ArchiveThatOnlyAShasumPromises_IsComparedWithIt()
    {
        await using OriginServer origin = await StartOriginAsync();
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.Npm, $"http://{origin.Host}/");

        Assert.Equal(_archive, await server.Client.GetByteArrayAsync("/remote/npm/@s/p/-/p-2.0.0.tgz", Token));
        Assert.Equal(HttpStatusCode.BadGateway, (await RemoteSite.GetAsync(server, "/remote/npm/@s/p/-/p-2.0.1.tgz")).Answer.StatusCode);
    }

    [Fact]
    public async Task Get_ArchiveThatWasReplacedAtTheRegistry_IsWhatTheClientMeans_OrNothing()
    {
        byte[] old = _archive;
        string oldIntegrity = Integrity;
        await using OriginServer origin = await StartOriginAsync();
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.Npm, $"http://{origin.Host}/", remote => remote.IndexTtl = TimeSpan.Zero);
        const string Path = "/remote/npm/@s/p/-/p-1.0.0.tgz";
        Assert.Equal(old, await server.Client.GetByteArrayAsync(Path, Token));

        _archive = RandomNumberGenerator.GetBytes(3000);
        (HttpResponseMessage fresh, _) = await RemoteSite.GetAsync(server, Path, ("pacote-integrity", Integrity));
        Assert.Equal(_archive, await fresh.Content.ReadAsByteArrayAsync(Token));
        (HttpResponseMessage locked, _) = await RemoteSite.GetAsync(server, Path, ("pacote-integrity", oldIntegrity));
        Assert.Equal(old, await locked.Content.ReadAsByteArrayAsync(Token));
        (HttpResponseMessage neither, string line) = await RemoteSite.GetAsync(server, Path, ("pacote-integrity", $"sha512-{Convert.ToBase64String(new byte[64])}"));
        Assert.Equal(HttpStatusCode.NotFound, neither.StatusCode);
        Assert.Contains("lock file", line, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_ThatIsNoneForPackages_IsAnsweredWithALine_AndGoesNowhere()
    {
        await using OriginServer origin = await StartOriginAsync();
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.Npm, $"http://{origin.Host}/");

        foreach (string path in (string[])["-/npm/v1/security/advisories/bulk", "-/v1/search?text=x", "-/user/org.couchdb.user:me", "%2e%2e/x", "@s/p/q/r", ".hidden"])
        {
            using var body = new StringContent("{}");
            Assert.Equal(HttpStatusCode.NotFound, (await RemoteSite.GetAsync(server, $"/remote/npm/{path}")).Answer.StatusCode);
            Assert.Equal(HttpStatusCode.NotFound, (await server.Client.PostAsync($"/remote/npm/{path}", body, Token)).StatusCode);
        }

        Assert.Empty(origin.Requests);
    }

    private string PackumentOf(OriginServer origin, bool isAbbreviated)
    {
#pragma warning disable CA5350 // What old packages of the registry have.
        string sha1 = Convert.ToHexStringLower(SHA1.HashData(_archive));
#pragma warning restore CA5350
        string link = $"http://{origin.Host}/@s/p/-/p-";
        string more = isAbbreviated ? "" : "\"readme\":\"dist: { tarball }\",";
        return $$$$$"""{{{{{{more}}}}}"name":"@s/p","dist-tags":{"latest":"1.0.0"},"versions":{"1.0.0":{"dist":{"signatures":[{"keyid":"k"}],"tarball":"{{{{{link}}}}}1.0.0.tgz","integrity":"{{{{{Integrity}}}}}","shasum":"00"}},"2.0.0":{"x":{"dist":{"tarball":"not"}},"dist":{"shasum":"{{{{{sha1}}}}}","tarball":"{{{{{link}}}}}2.0.0.tgz"}},"2.0.1":{"dist":{"shasum":"{{{{{new string('0', 40)}}}}}","tarball":"{{{{{link}}}}}2.0.1.tgz"}}}}""";
    }

    private async Task<OriginServer> StartOriginAsync()
    {
        OriginServer? origin = null;
        return origin = await OriginServer.StartAsync(context =>
        {
            string target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
            if (target.EndsWith(".tgz", StringComparison.Ordinal))
                return context.Response.Body.WriteAsync(_archive, Token).AsTask();
            context.Response.ContentType = "application/json";
            return context.Response.Body.WriteAsync(
                Encoding.UTF8.GetBytes(PackumentOf(origin!, context.Request.Headers.Accept.ToString().Contains(Abbreviated, StringComparison.Ordinal))), Token).AsTask();
        });
    }
}
