using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Shacache.Http.Gateway.Origins;
using Shacache.Http.Remotes.Indexes;
using Shacache.Http.Tests.Gateway;
using Shacache.Testing;

namespace Shacache.Http.Tests.Remotes;

/// <summary>Files of any site, some of which change; and what of the gateway's own rules came with remotes.</summary>
public sealed class FilesRemoteTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string _header = "";

    [Fact]
    public async Task Get_FilesOfASite_AreKeptForEver_ButThoseThatMove()
    {
        var time = new ManualTimeProvider();
        int count = 0;
        await using OriginServer origin = await OriginServer.StartAsync(context =>
            context.Response.WriteAsync($"{context.Features.Get<IHttpRequestFeature>()!.RawTarget} {Interlocked.Increment(ref count)}", Token));
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.Files, $"http://{origin.Host}/base/", remote => remote.MovingPatterns = ["*.json", "latest/*"], time);

        Assert.Equal("/base/a/b.tar.gz?x=1 1", (await RemoteSite.GetAsync(server, "/remote/files/a/b.tar.gz?x=1")).Text);
        Assert.Equal("/base/a/i.json 2", (await RemoteSite.GetAsync(server, "/remote/files/a/i.json")).Text);
        Assert.Equal("/base/latest/x 3", (await RemoteSite.GetAsync(server, "/remote/files/latest/x")).Text);
        Assert.Equal("/base/a/ 4", (await RemoteSite.GetAsync(server, "/remote/files/a/")).Text);
        time.Advance(TimeSpan.FromDays(1));
        Assert.Equal("/base/a/b.tar.gz?x=1 1", (await RemoteSite.GetAsync(server, "/remote/files/a/b.tar.gz?x=1")).Text);
        Assert.Equal("/base/a/i.json 5", (await RemoteSite.GetAsync(server, "/remote/files/a/i.json")).Text);
        Assert.Equal("/base/latest/x 6", (await RemoteSite.GetAsync(server, "/remote/files/latest/x")).Text);
        Assert.Equal("/base/a/ 7", (await RemoteSite.GetAsync(server, "/remote/files/a/")).Text);
    }

    [Theory]
    [InlineData("/remote/files/repository.git/info/refs?service=git-upload-pack")]
    [InlineData("/fetch/http/ORIGIN/repository.git/info/refs?service=git-upload-pack")]
    [InlineData("/remote/npm/repository.git/info/refs?service=git-upload-pack", RemoteType.Npm)]
    [InlineData("/remote/pypi/repository.git/info/refs?service=git-upload-pack", RemoteType.Pypi)]
    [InlineData("/remote/maven/repository.git/info/refs?service=git-receive-pack", RemoteType.Maven)]
    [InlineData("/remote/go/repository.git/info/refs?service=git-upload-pack", RemoteType.Go)]
    public async Task Get_CloneOfARepository_IsRefusedWithWhatWorks(string path, RemoteType type = RemoteType.Files)
    {
        await using OriginServer origin = await OriginServer.StartAsync([1]);
        await using TestServer server = await RemoteSite.StartAsync(
            type, $"http://{origin.Host}/", gateway: new GatewayOptions { Origins = [GatewaySite.Pattern("*:*")] });

        (HttpResponseMessage answer, string text) = await RemoteSite.GetAsync(server, path.Replace("ORIGIN", origin.Host, StringComparison.Ordinal));

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains("archive of a tag", text, StringComparison.Ordinal);
        Assert.Empty(origin.Requests);
    }

    [Theory]
    [InlineData("Cache-Control: no-store", "pass")]
    [InlineData("Cache-Control: max-age=3, private", "pass")]
    [InlineData("Set-Cookie: a=b", "pass")]
    [InlineData("Vary: *", "pass")]
    [InlineData("Vary: Accept-Encoding", "miss")]
    [InlineData("Cache-Control: no-cache, max-age=0", "miss")]
    public async Task Get_FileThatItsOriginWantsNotKept_IsPassedOn_UnlessTheOperatorSaysOtherwise(string header, string status)
    {
        _header = header;
        foreach (bool ignores in (bool[])[false, true])
        {
            await using OriginServer origin = await OriginServer.StartAsync(context =>
            {
                context.Response.Headers[_header.Split(": ")[0]] = _header.Split(": ")[1];
                context.Response.ContentLength = 4;
                return context.Response.WriteAsync("file", Token);
            });
            await using TestServer server = await GatewaySite.StartAsync(
                new GatewayOptions { Origins = [GatewaySite.Pattern("*:*")], AllowPrivateAddresses = true, IgnoresCacheControl = ignores });
            string path = $"/fetch/http/{origin.Host}/x.bin";

            (HttpResponseMessage answer, string text) = await RemoteSite.GetAsync(server, path);
            Assert.Equal("file", text);
            Assert.False(answer.Headers.Contains("Set-Cookie"));
            Assert.Equal(ignores ? "miss" : status, RemoteSite.CacheStatus(answer));
            Assert.Equal(!ignores && status == "pass" ? "pass" : "hit", RemoteSite.CacheStatus((await RemoteSite.GetAsync(server, path)).Answer));
        }
    }

    [Theory]
    [InlineData("../secret")]
    [InlineData("a/..")]
    [InlineData("a/%2e%2E/../secret")]
    [InlineData("a%2f..%2f..%2fsecret")]
    [InlineData("..%5Csecret")]
    public async Task Get_PathAboveTheRemote_IsRefused(string path)
    {
        await using OriginServer origin = await OriginServer.StartAsync([1]);
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.Files, $"http://{origin.Host}/base/");

        string answer = await server.ExchangeAsync($"GET /remote/files/{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 404", answer, StringComparison.Ordinal);
        Assert.Contains("above the URL of the remote files", answer, StringComparison.Ordinal);
        Assert.Empty(origin.Requests);
    }

    [Fact]
    public async Task Get_PrivateAddress_IsNotAskedForAnIndex()
    {
        await using OriginServer origin = await OriginServer.StartAsync([1]);
        var options = new RemoteOptions { Name = "x", Type = RemoteType.Files, Urls = [$"http://{origin.Host}/"] };
        await using TestServer server = await TestServer.StartAsync(new CacheServerOptions { Remotes = [options] });

        Assert.Equal(HttpStatusCode.Forbidden, (await RemoteSite.GetAsync(server, "/remote/x/file")).Answer.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await RemoteSite.GetAsync(server, "/remote/x/folder/")).Answer.StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await RemoteSite.GetAsync(server, $"/fetch/http/{origin.Host}/file")).Answer.StatusCode);
        Assert.Empty(origin.Requests);
    }
}
