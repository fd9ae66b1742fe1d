using System.Net;
using Shacache.Http.Remotes.Indexes;
using Shacache.Testing;

namespace Shacache.Http.Tests.Remotes;

/// <summary>A module proxy, as go sees it.</summary>
public sealed class GoRemoteTests
{
    [Fact]
    public async Task Get_VersionsAreForEver_AndListsAndBranchesAreNot()
    {
        var time = new ManualTimeProvider();
        await using TextOrigin origin = await TextOrigin.StartAsync();
        string[] lasting = ["m/@v/v1.0.0.mod", "m/@v/v1.0.0+incompatible.zip", "m/@v/v0.0.0-20240101000000-abcdefabcdef.info", "sumdb/sum.golang.org/tile/8/0/x001/002.p/5", "sumdb/sum.golang.org/lookup/m@v1.0.0"];
        string[] moving = ["m/@latest", "m/@v/master.info", "sumdb/sum.golang.org/latest", "sumdb/sum.golang.org/supported"];
        foreach (string path in (string[])[.. lasting, .. moving])
            origin[$"/p/{path}"] = "old";
        origin["/p/m/@v/list"] = "v1.0.0\n";
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.Go, $"http://{origin.Host}/p/", time: time);
        foreach (string path in (string[])[.. lasting, .. moving, "m/@v/list"])
            Assert.Equal(HttpStatusCode.OK, (await RemoteSite.GetAsync(server, $"/remote/go/{path}")).Answer.StatusCode);

        foreach (string path in (string[])[.. lasting, .. moving])
            origin[$"/p/{path}"] = "new";
        origin["/p/m/@v/list"] = "<html></html>";
        time.Advance(TimeSpan.FromDays(1));

        foreach (string path in lasting)
            Assert.Equal("old", (await RemoteSite.GetAsync(server, $"/remote/go/{path}")).Text);
        foreach (string path in moving)
            Assert.Equal("new", (await RemoteSite.GetAsync(server, $"/remote/go/{path}")).Text);
        Assert.Equal("v1.0.0\n", (await RemoteSite.GetAsync(server, "/remote/go/m/@v/list")).Text);
    }

    [Fact]
    public async Task Get_FromSeveralPlaces_TakesTheFirstThatHasIt()
    {
        await using TextOrigin first = await TextOrigin.StartAsync();
        await using TextOrigin second = await TextOrigin.StartAsync();
        second["/m/@v/v1.0.0.zip"] = "second";
        second["/m/@v/v1.0.0.mod"] = "second";
        first["/m/@v/v1.0.0.mod"] = "first";
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.Go, $"http://{first.Host}/", remote => remote.Urls = [$"http://{first.Host}/", $"http://{second.Host}/"]);

        Assert.Equal("second", (await RemoteSite.GetAsync(server, "/remote/go/m/@v/v1.0.0.zip")).Text);
        Assert.Equal("first", (await RemoteSite.GetAsync(server, "/remote/go/m/@v/v1.0.0.mod")).Text);
        int asked = first.Requests.Length + second.Requests.Length;
        Assert.Equal("second", (await RemoteSite.GetAsync(server, "/remote/go/m/@v/v1.0.0.zip")).Text);
        Assert.Equal(asked, first.Requests.Length + second.Requests.Length);
        Assert.Equal(HttpStatusCode.NotFound, (await RemoteSite.GetAsync(server, "/remote/go/m/@v/v2.0.0.zip")).Answer.StatusCode);
    }

    [Theory]
    [InlineData("")]
    [InlineData("m/@v/v1.0.0.tar")]
    [InlineData("m/..%2fx/@v/list")]
    [InlineData("https://other.test/m/@v/v1.0.0.zip")]
    [InlineData("//other.test/m/@v/v1.0.0.zip")]
    [InlineData("m/@v/v1.0.0.zip?x=1")]
    public async Task Get_OtherPath_IsAnsweredWithALine_AndGoesNowhere(string path)
    {
        await using TextOrigin origin = await TextOrigin.StartAsync();
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.Go, $"http://{origin.Host}/");
        Assert.Equal(HttpStatusCode.NotFound, (await RemoteSite.GetAsync(server, $"/remote/go/{path}")).Answer.StatusCode);
        Assert.Empty(origin.Requests);
    }
}
