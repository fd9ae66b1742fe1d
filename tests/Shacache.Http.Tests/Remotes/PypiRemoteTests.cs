using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Http.Remotes.Indexes;
using Shacache.Http.Tests.Gateway;

namespace Shacache.Http.Tests.Remotes;

/// <summary>Pages and files of a Python index, as clients see them.</summary>
public sealed class PypiRemoteTests
{
    private const string Html = "text/html";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Get_PageInJson_KeepsEveryMemberButTheLink()
    {
        byte[] file = RandomNumberGenerator.GetBytes(1000);
        string page = $$"""{"meta":{"api-version":"1.4","_last-serial":7},"name":"foo","versions":["1.0"],"files":[{"unknown":[1, 2],"filename":"foo-1.0.tar.gz","url":"../../f/foo-1.0.tar.gz","hashes":{"sha256":"{{Sha256(file)}}"},"yanked":"broken","size":1000}]}""";
        await using OriginServer origin = await StartOriginAsync(page, RemoteSite.Json, file);
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.Pypi, $"http://{origin.Host}/simple/");

        (HttpResponseMessage answer, string text) = await RemoteSite.GetAsync(server, "/remote/pypi/simple/foo/", ("Accept", RemoteSite.Json));

        Assert.Equal(RemoteSite.Json, answer.Content.Headers.ContentType!.ToString());
        string link = $"{server.Url}remote/pypi/files/foo/sha256-{Sha256(file)}/foo-1.0.tar.gz";
        Assert.Equal(page.Replace("../../f/foo-1.0.tar.gz", link, StringComparison.Ordinal), text);
        Assert.Equal(file, await server.Client.GetByteArrayAsync(link, Token));

        // It is content as all other, found by its URL and its name.
        Assert.NotNull(await server.Blobs.OpenAsync(Digest.Compute(file), Token));
        StoredEntry listed = Assert.Single(await server.Entries.ListAsync(EntryKey.Create("pypi:foo=1.0"), Token));
        Assert.Contains("\"basename\":\"foo-1.0.tar.gz\"", listed.Entry.Information, StringComparison.Ordinal);
        Assert.Single(await server.Entries.ListAsync(EntryKey.Create($"file-urlmd5:{UrlMd5.Of($"http://{origin.Host}/f/foo-1.0.tar.gz")}"), Token));
    }

    [Fact]
    public async Task Get_PageOfEitherForm_IsSentInTheFormThatTheClientPrefers_WithItsAttributes()
    {
        byte[] file = RandomNumberGenerator.GetBytes(10);
        string hash = Sha256(file);
        string html = $"<html><body><a href=\"http://ORIGIN/f/foo-1.0.whl#sha256={hash}\" data-requires-python=\"&gt;=3.9\" data-yanked=\"a &amp; b\" data-core-metadata=\"sha256={hash}\" data-gpg-sig=\"true\" onclick=\"x()\">foo-1.0.whl</a></body></html>";
        string json = $$"""{"meta":{"api-version":"1.0"},"name":"foo","files":[{"filename":"foo-1.0.whl","url":"http://ORIGIN/f/foo-1.0.whl","hashes":{"sha256":"{{hash}}","md5":"00"},"requires-python":">=3.9","yanked":"a & b","core-metadata":{"sha256":"{{hash}}"},"gpg-sig":true}]}""";
        foreach ((string page, string type) in ((string, string)[])[(html, Html), (json, RemoteSite.Json)])
        {
            await using OriginServer origin = await StartOriginAsync(page, type, file);
            await using TestServer server = await RemoteSite.StartAsync(RemoteType.Pypi, $"http://{origin.Host}/simple/", publicUrl: "https://cache.example/");
            const string Link = "https://cache.example/remote/pypi/files/foo/sha256-";

            (HttpResponseMessage first, string asHtml) = await RemoteSite.GetAsync(server, "/remote/pypi/simple/foo/", ("Accept", "text/html;q=0.5, */*;q=0.1"));
            Assert.Equal("text/html; charset=utf-8", first.Content.Headers.ContentType!.ToString());
            Assert.Contains(
                $"<a href=\"{Link}{hash}/foo-1.0.whl#sha256={hash}\" data-requires-python=\"&gt;=3.9\" data-yanked=\"a &amp; b\" data-core-metadata=\"sha256={hash}\" data-gpg-sig=\"true\">foo-1.0.whl</a>",
                asHtml, StringComparison.Ordinal);
            Assert.DoesNotContain(origin.Host, asHtml, StringComparison.Ordinal);

            (_, string asJson) = await RemoteSite.GetAsync(server, "/remote/pypi/simple/foo/", ("Accept", $"{RemoteSite.Json}, text/html;q=0.1"));
            JsonElement only = Assert.Single(JsonDocument.Parse(asJson).RootElement.GetProperty("files").EnumerateArray());
            Assert.Equal($"{Link}{hash}/foo-1.0.whl", only.GetProperty("url").GetString());
            Assert.Equal(">=3.9", only.GetProperty("requires-python").GetString());
            Assert.Equal("a & b", only.GetProperty("yanked").GetString());
            Assert.Equal(hash, only.GetProperty("core-metadata").GetProperty("sha256").GetString());
            Assert.True(only.GetProperty("gpg-sig").GetBoolean());
        }
    }

    [Theory]
    [InlineData("simple", "simple/")]
    [InlineData("simple/Foo.Bar_baz/", "simple/foo-bar-baz/")]
    [InlineData("simple/foo", "simple/foo/")]
    [InlineData("", "simple/")]
    public async Task Get_OtherSpelling_IsRedirected(string path, string proper)
    {
        await using OriginServer origin = await StartOriginAsync("", Html, []);
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.Pypi, $"http://{origin.Host}/simple/");
        using var client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = server.Url };

        using HttpResponseMessage answer = await client.GetAsync($"/remote/pypi/{path}", Token);

        Assert.Equal(HttpStatusCode.MovedPermanently, answer.StatusCode);
        Assert.Equal($"{server.Url}remote/pypi/{proper}", answer.Headers.Location!.ToString());
        Assert.Empty(origin.Requests);
    }

    [Theory]
    [InlineData("simple/-foo/", 404)]
    [InlineData("simple/a%2fb/", 404)]
    [InlineData("files/foo/sha256-00/x.whl", 404)]
    [InlineData("files/foo/-/..%2fx", 404)]
    [InlineData("files/Foo/-/x.whl", 404)]
    [InlineData("pypi/foo/json", 404)]
    public async Task Get_WhatIsNoPathOfAnIndex_IsRefusedWithoutAskingTheOrigin(string path, int status)
    {
        await using OriginServer origin = await StartOriginAsync("", Html, []);
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.Pypi, $"http://{origin.Host}/simple/");

        (HttpResponseMessage answer, _) = await RemoteSite.GetAsync(server, $"/remote/pypi/{path}");

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Empty(origin.Requests);
        Assert.Equal(HttpStatusCode.NotFound, (await RemoteSite.GetAsync(server, "/remote/other/simple/")).Answer.StatusCode);
    }

    [Theory]
    [InlineData(1_000, true)]
    [InlineData(1_000, false)]
    [InlineData(400_000, true)]
    [InlineData(400_000, false)]
    public async Task Get_FileThatIsNotWhatTheIndexSays_IsNeitherKeptNorHandedOutWhole(int length, bool hasLength)
    {
        byte[] file = RandomNumberGenerator.GetBytes(length);
        string page = PageOf("foo-1.0.whl", Sha256([.. file, 1]));
        await using OriginServer origin = await StartOriginAsync(page, Html, file, hasLength);
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.Pypi, $"http://{origin.Host}/simple/");
        string path = $"/remote/pypi/files/foo/sha256-{Sha256([.. file, 1])}/foo-1.0.whl";

        using HttpResponseMessage answer = await server.Client.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, Token);
        if (length <= 64 * 1024)
        {
            Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
            string line = await answer.Content.ReadAsStringAsync(Token);
            Assert.Contains($"it is sha256-{Sha256(file)}, the index says sha256-{Sha256([.. file, 1])}", line, StringComparison.Ordinal);
        }
        else
        {
            using var received = new MemoryStream();
            await Assert.ThrowsAnyAsync<Exception>(async () => await (await answer.Content.ReadAsStreamAsync(Token)).CopyToAsync(received, Token));
            Assert.True(received.Length <= length - (64 * 1024), $"{received.Length} of {length} bytes came.");
        }

        Assert.Null(await server.Blobs.OpenAsync(Digest.Compute(file), Token));
    }

    [Fact]
    public async Task Get_MetadataFile_IsThatOfTheIndex()
    {
        byte[] file = RandomNumberGenerator.GetBytes(100);
        string page = $"<a href=\"../../f/foo-1.0.whl#sha256={Sha256(file)}\" data-dist-info-metadata=\"sha256={Sha256(file)}\">foo-1.0.whl</a>";
        await using OriginServer origin = await StartOriginAsync(page, Html, file);
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.Pypi, $"http://{origin.Host}/simple/");

        Assert.Equal(file, await server.Client.GetByteArrayAsync($"/remote/pypi/files/foo/sha256-{Sha256(file)}/foo-1.0.whl.metadata", Token));
        Assert.Contains(origin.Requests, request => request.Line == "GET /f/foo-1.0.whl.metadata");
        Assert.Equal(HttpStatusCode.NotFound, (await RemoteSite.GetAsync(server, $"/remote/pypi/files/foo/sha256-{Sha256([1])}/foo-1.0.whl.metadata")).Answer.StatusCode);
    }

    [Fact]
    public async Task Get_MetadataFileThatIsNotWhatTheIndexSays_IsRefused()
    {
        byte[] file = RandomNumberGenerator.GetBytes(100);
        string page = $"<a href=\"../../f/foo-1.0.whl#sha256={Sha256(file)}\" data-core-metadata=\"sha256={Sha256([1])}\">foo-1.0.whl</a>";
        await using OriginServer origin = await StartOriginAsync(page, Html, file);
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.Pypi, $"http://{origin.Host}/simple/");

        Assert.Equal(HttpStatusCode.BadGateway, (await RemoteSite.GetAsync(server, $"/remote/pypi/files/foo/sha256-{Sha256(file)}/foo-1.0.whl.metadata")).Answer.StatusCode);
    }

    [Fact]
    public async Task Get_FileWithAHashThatTheIndexDoesNotName_Is404AndSaysWhatItNames()
    {
        byte[] file = RandomNumberGenerator.GetBytes(100);
        await using OriginServer origin = await StartOriginAsync(PageOf("foo-1.0.whl", Sha256(file)), Html, file);
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.Pypi, $"http://{origin.Host}/simple/");

        (HttpResponseMessage answer, string text) = await RemoteSite.GetAsync(server, $"/remote/pypi/files/foo/sha256-{Sha256([1])}/foo-1.0.whl");

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Contains($"sha256-{Sha256(file)}", text, StringComparison.Ordinal);
        Assert.DoesNotContain(origin.Requests, request => request.Line.Contains("/f/", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Get_PromisedFileWithACookieAndNoStore_IsKept_AndTheCookieIsNot()
    {
        byte[] file = RandomNumberGenerator.GetBytes(100);
        await using OriginServer origin = await OriginServer.StartAsync(context =>
        {
            context.Response.Headers.SetCookie = "secret=1";
            bool isPage = context.Request.Path.StartsWithSegments("/simple", StringComparison.Ordinal);
            if (!isPage)
                context.Response.Headers.CacheControl = "no-store";
            context.Response.ContentType = isPage ? Html : "application/zip";
            return isPage ? context.Response.WriteAsync(PageOf("foo-1.0.whl", Sha256(file)), Token) : context.Response.Body.WriteAsync(file, Token).AsTask();
        });
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.Pypi, $"http://{origin.Host}/simple/");

        foreach (string status in (string[])["miss", "hit"])
        {
            (HttpResponseMessage answer, _) = await RemoteSite.GetAsync(server, $"/remote/pypi/files/foo/sha256-{Sha256(file)}/foo-1.0.whl");
            Assert.Equal(status, RemoteSite.CacheStatus(answer));
            Assert.False(answer.Headers.Contains("Set-Cookie"));
        }

        Assert.Equal(2, origin.Requests.Count);
    }

    [Fact]
    public async Task Get_ListOfAllPackages_LeadsToThisServer()
    {
        await using OriginServer origin = await StartOriginAsync("""{"meta":{"api-version":"1.0"},"projects":[{"name":"Foo.Bar"},{"name":"x"}]}""", RemoteSite.Json, []);
        await using TestServer server = await RemoteSite.StartAsync(RemoteType.Pypi, $"http://{origin.Host}/simple/");

        (_, string text) = await RemoteSite.GetAsync(server, "/remote/pypi/simple/");

        Assert.Contains($"<a href=\"{server.Url}remote/pypi/simple/foo-bar/\">Foo.Bar</a>", text, StringComparison.Ordinal);
    }

    internal static string PageOf(string file, string hash) => $"<html><body><a href=\"../../f/{file}#sha256={hash}\">{file}</a></body></html>";

    internal static string Sha256(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    /// <summary>An origin with one page everywhere below /simple/, and one file everywhere else.</summary>
    internal static Task<OriginServer> StartOriginAsync(string page, string type, byte[] file, bool hasLength = true) => OriginServer.StartAsync(context =>
    {
        bool isPage = context.Request.Path.StartsWithSegments("/simple", StringComparison.Ordinal);
        context.Response.ContentType = isPage ? type : "application/octet-stream";
        if (isPage)
            return context.Response.WriteAsync(page.Replace("ORIGIN", context.Request.Host.Value, StringComparison.Ordinal), Token);
        if (hasLength)
            context.Response.ContentLength = file.Length;
        return context.Response.Body.WriteAsync(file, Token).AsTask();
    });
}
