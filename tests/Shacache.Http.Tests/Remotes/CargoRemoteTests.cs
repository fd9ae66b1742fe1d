using System.Net;
using System.Security.Cryptography;
using System.Text;
using Shacache.Http.Remotes.Indexes;

namespace Shacache.Http.Tests.Remotes;

/// <summary>A sparse index, as cargo sees it.</summary>
public sealed class CargoRemoteTests
{
    [Theory]
    [InlineData("http://ORIGIN/dl", "/dl/Serde_x/1.0.0+b/download")]
    [InlineData("http://ORIGIN/dl/", "/dl/Serde_x/1.0.0+b/download")]
    [InlineData("http://ORIGIN/{lowerprefix}/{prefix}/{crate}/{version}/{sha256-checksum}", "/se/rd/Se/rd/Serde_x/1.0.0+b/HASH")]
    public async Task Get_Crate_IsWhereTheIndexSays_AndWhatItSays(string place, string path)
    {
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("the crate")));
        await using TextOrigin origin = await TextOrigin.StartAsync();
        origin["/i/config.json"] = $"{{\"auth-required\":true,\"api\":\"http://x/\",\"dl\":\"{place.Replace("ORIGIN", origin.Host, StringComparison.Ordinal)}\"}}";
        origin["/i/se/rd/serde_x"] = $"{{\"name\":\"Serde_x\",\"vers\":\"1.0.0+b\",\"deps\":[],\"cksum\":\"{hash}\"}}\n{{\"name\":\"Serde_x\",\"vers\":\"2.0.0\",\"cksum\":\"{hash}\"}}\n";
        origin[path.Replace("HASH", hash, StringComparison.Ordinal)] = "the crate";
        origin[path.Replace("HASH", hash, StringComparison.Ordinal).Replace("1.0.0+b", "2.0.0", StringComparison.Ordinal)] = "another";
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.Cargo, $"http://{origin.Host}/i/");

        Assert.Equal($"{{\"dl\":\"{server.Url}remote/cargo/crates\"}}", (await RemoteSite.GetAsync(server, "/remote/cargo/config.json")).Text);
        Assert.Equal("the crate", (await RemoteSite.GetAsync(server, "/remote/cargo/crates/Serde_x/1.0.0+b/download")).Text);
        (HttpResponseMessage wrong, string line) = await RemoteSite.GetAsync(server, "/remote/cargo/crates/Serde_x/2.0.0/download");
        Assert.Equal(HttpStatusCode.BadGateway, wrong.StatusCode);
        Assert.Contains($"the index says sha256-{hash}", line, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await RemoteSite.GetAsync(server, "/remote/cargo/crates/Serde_x/3.0.0/download")).Answer.StatusCode);
    }

    [Theory]
    [InlineData("<html></html>")]
    [InlineData("{\"name\":\"abc\",\"vers\":\"1.0.0\"}")]
    [InlineData("")]
    public async Task Get_DocumentThatIsNone_IsRefused_AndDoesNotTakeTheOldOnesPlace(string text)
    {
        string good = $"{{\"name\":\"abc\",\"vers\":\"1.0.0\",\"cksum\":\"{new string('0', 64)}\"}}\n";
        await using TextOrigin origin = await TextOrigin.StartAsync();
        origin["/3/a/abc"] = good;
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.Cargo, $"http://{origin.Host}/", remote => remote.IndexTtl = TimeSpan.Zero);
        Assert.Equal(good, (await RemoteSite.GetAsync(server, "/remote/cargo/3/a/abc")).Text);
        origin["/3/a/abc"] = text;
        Assert.Equal(good, (await RemoteSite.GetAsync(server, "/remote/cargo/3/a/abc")).Text);
    }

    [Theory]
    [InlineData("ab/c/abc")]
    [InlineData("3/b/abc")]
    [InlineData("se/rd/SERDE")]
    [InlineData("crates/a%2fb/1.0.0/download")]
    [InlineData("crates/abc/1.0.0/readme")]
    public async Task Get_OtherPath_IsAnsweredWithALine_AndGoesNowhere(string path)
    {
        await using TextOrigin origin = await TextOrigin.StartAsync();
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.Cargo, $"http://{origin.Host}/");
        (HttpResponseMessage answer, string line) = await RemoteSite.GetAsync(server, $"/remote/cargo/{path}");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains("sparse+http", line, StringComparison.Ordinal);
        Assert.Empty(origin.Requests);
    }
}
