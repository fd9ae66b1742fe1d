using System.IO.Compression;
using System.Net;
using System.Text;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Http.Gateway;
using Shacache.Http.Gateway.Origins;

namespace Shacache.Http.Tests.Gateway;

/// <summary>Web pages that come where a file was asked for, and the way to forget what was kept.</summary>
public sealed class GatewayPageTests
{
    private const string Page = "\r\n<!DOCTYPE html>\n<html><head><title>Please log in</title></head></html>";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/foo-1.0.tar.gz", "text/html; charset=utf-8", Page)]
    [InlineData("/foo-1.0.zip", "application/octet-stream", Page)]
    [InlineData("/foo-1.0.whl", "text/html", "Please log in.")]
    [InlineData("/foo-1.0%2etar.gz/download", "text/html", Page)]
    [InlineData("/get?file=foo-1.0.tgz", "application/xhtml+xml", Page)]
    [InlineData("/foo_1.0.deb", "text/html", "")]
    public async Task Get_WebPageInThePlaceOfAFile_IsPassedOnWithAWarning_AndNotKept(string path, string type, string body)
    {
        await using OriginServer origin = await OriginServer.StartAsync(Encoding.UTF8.GetBytes(body), contentType: type);
        await using TestServer server = await GatewaySite.StartAsync();

        for (int i = 1; i <= 2; i++)
        {
            using HttpResponseMessage answer = await server.Client.GetAsync($"/fetch/http/{origin.Host}{path}", Token);
            Assert.Equal(body, await answer.Content.ReadAsStringAsync(Token));
            Assert.Equal("pass", answer.Headers.GetValues("X-Cache").Single());
            Assert.Contains("web page", answer.Headers.NonValidated["Warning"].ToString(), StringComparison.Ordinal);
            Assert.Equal(i, origin.Requests.Count);
        }

        Assert.Equal(0, await server.Blobs.ListAsync(Token).CountAsync(Token));
        Assert.Equal(0, await server.Entries.EnumerateAsync(Token).CountAsync(Token));
    }

    [Theory]
    [InlineData("/index.html", "text/html")]
    [InlineData("/simple/foo/", "text/html")]
    [InlineData("/foo-1.0.tar.gz.html", "text/html")]
    public async Task Get_WebPageThatWasAskedFor_IsKept(string path, string type)
    {
        await using OriginServer origin = await OriginServer.StartAsync(Encoding.UTF8.GetBytes(Page), contentType: type);
        await using TestServer server = await GatewaySite.StartAsync();

        for (int i = 0; i < 2; i++)
            Assert.Equal(Page, await server.Client.GetStringAsync($"/fetch/http/{origin.Host}{path}", Token));

        Assert.Single(origin.Requests);
    }

    [Fact]
    public async Task Get_ArchiveThatIsCalledAWebPage_IsKept()
    {
        var archive = new MemoryStream();
        using (var gzip = new GZipStream(archive, CompressionLevel.Optimal))
            gzip.Write(Encoding.UTF8.GetBytes(Page));
        await using OriginServer origin = await OriginServer.StartAsync(archive.ToArray(), contentType: "text/html");
        await using TestServer server = await GatewaySite.StartAsync();

        for (int i = 0; i < 2; i++)
            Assert.Equal(archive.ToArray(), await server.Client.GetByteArrayAsync($"/fetch/http/{origin.Host}/foo.tar.gz", Token));

        Assert.Single(origin.Requests);
    }

    [Fact]
    public async Task Get_WebPageThatAnEarlierReleaseKept_IsFetchedAnew()
    {
        byte[] page = Encoding.UTF8.GetBytes(Page);
        await using OriginServer origin = await OriginServer.StartAsync("archive"u8.ToArray());
        await using TestServer server = await GatewaySite.StartAsync();
        Assert.True(OriginUrl.TryParse($"http/{origin.Host}/foo.tar.gz", out OriginUrl? url, out _));
        EntryKey record = GatewayKeys.ForRecord(url);
        using var body = new ByteArrayContent(page);
        using HttpResponseMessage stored = await server.Client.PostAsync("/shacache", body, Token);
        string note = GatewayEntry.Write(record, new OriginFile(url), Digest.Compute(page), OriginMetadata.None with { ContentType = "text/html" }, TimeProvider.System.GetUtcNow());
        Assert.True(SignedEntry.TryCreate(note, "", out SignedEntry? entry, out _));
        await server.Entries.AddAsync(record, entry, Token);

        Assert.Equal("archive", await server.Client.GetStringAsync($"/fetch/http/{origin.Host}/foo.tar.gz", Token));
        Assert.Equal("archive", await server.Client.GetStringAsync($"/fetch/http/{origin.Host}/foo.tar.gz", Token));

        Assert.Single(origin.Requests);
        Assert.Equal(Digest.Compute("archive"u8), Assert.Single(await server.Entries.ListAsync(record, Token)).Entry.Digest);
    }

    [Fact]
    public async Task Forget_Url_IsFetchedAnew_AndClientsFindNothing()
    {
        string content = "v1";
        await using OriginServer origin = await OriginServer.StartAsync(context => context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(content), Token).AsTask());
        await using TestServer server = await GatewaySite.StartAsync();
        string path = $"/fetch/http/{origin.Host}/a%2bb.tar.gz";
        Assert.True(OriginUrl.TryParse($"http/{origin.Host}/a%2bb.tar.gz", out OriginUrl? url, out _));
        Assert.Equal("v1", await server.Client.GetStringAsync(path, Token));
        content = "v2";
        Assert.Equal("v1", await server.Client.GetStringAsync(path, Token));

        Assert.Equal((HttpStatusCode.OK, "{\"count\":2}"), await ForgetAsync(server, $"http://{origin.Host}/a%2bb.tar.gz"));

        Assert.Empty(await server.Entries.ListAsync(GatewayKeys.ForClients(url), Token));
        Assert.Equal("v2", await server.Client.GetStringAsync(path, Token));
        Assert.Equal((HttpStatusCode.OK, "{\"count\":0}"), await ForgetAsync(server, "https://example.org/never-seen.tar.gz"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("foo.tar.gz")]
    public async Task Forget_NoUrl_Is400(string text)
    {
        await using TestServer server = await GatewaySite.StartAsync();

        Assert.Equal(HttpStatusCode.BadRequest, (await ForgetAsync(server, text)).Status);
    }

    private static async Task<(HttpStatusCode Status, string Body)> ForgetAsync(TestServer server, string url)
    {
        using HttpResponseMessage answer = await server.Client.PostAsync($"/mirror/forget?url={Uri.EscapeDataString(url)}", null, Token);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Token));
    }
}
