using System.Net;
using System.Security.Cryptography;
using System.Text;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Http.Entries;
using Shacache.Http.Tests.Accounts;
using Shacache.Testing.Entries;

namespace Shacache.Http.Tests.Access;

/// <summary>What a page of any web site makes a browser on the server's machine send.</summary>
public sealed class WebPageGuardTests
{
    private const string Key = "file-urlmd5:00000000000000000000000000000000";
    private static readonly byte[] Content = RandomNumberGenerator.GetBytes(100);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> BeyondReading => new()
    {
        { "POST", "/shacache" },
        { "PUT", $"/shacache/{Digest.Compute(Content)}" },
        { "PUT", $"/shadir/{Key}" },
        { "GET", "/mirror/keys?prefix=" },
        { "GET", "/shadir?prefix=" },
        { "GET", "/mirror/queue" },
        { "POST", "/mirror/update" },
        { "POST", "/shacache/update" },
        { "POST", "/mirror/queue/drop" },
        { "OPTIONS", "/shacache" },
        { "DELETE", $"/shacache/{Digest.Compute(Content)}" },
    };

    [Theory]
    [MemberData(nameof(BeyondReading))]
    public async Task Request_FromAPage_IsRefused_AndNothingIsStored(string method, string path)
    {
        await using TestServer server = await TestServer.StartAsync(new CacheServerOptions { KeyListing = KeyListingAudience.Anyone });
        foreach (string origin in new[] { "http://evil.example", "null", server.Url.GetLeftPart(UriPartial.Authority) })
        {
            using HttpResponseMessage answer = await SendAsync(server, method, path, origin: origin);
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
            await ErrorLine.AssertAsync(answer, "Origin");
        }

        await AssertNothingIsStoredAsync(server);
    }

    [Theory]
    [MemberData(nameof(BeyondReading))]
    public async Task Request_UnderAForeignName_IsRefused_AndNothingIsStored(string method, string path)
    {
        await using TestServer server = await TestServer.StartAsync(new CacheServerOptions { KeyListing = KeyListingAudience.Anyone });
        foreach (string host in new[] { "evil.example", $"evil.example:{server.Url.Port}", "127.0.0.1.evil.example", "localhost.evil.example:80", "LOCALHOSTS" })
        {
            using HttpResponseMessage answer = await SendAsync(server, method, path, host);
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
            await ErrorLine.AssertAsync(answer, "Host");
        }

        await AssertNothingIsStoredAsync(server);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:1")]
    [InlineData("[::1]:8080")]
    [InlineData("localhost")]
    [InlineData("LocalHost.:8080")]
    [InlineData("192.0.2.1")]
    [InlineData("cache.example")]
    [InlineData("CACHE.example:443")]
    public async Task Upload_UnderANameOfTheServer_IsStored(string host)
    {
        await using TestServer server = await TestServer.StartAsync(new CacheServerOptions { AllowedHosts = ["cache.example"] });

        using HttpResponseMessage answer = await SendAsync(server, "POST", "/shacache", host);

        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    [Fact]
    public async Task Upload_OldClientWithoutHost_IsStored()
    {
        await using TestServer server = await TestServer.StartAsync();

        Assert.StartsWith("HTTP/1.1 201 ", await server.ExchangeAsync("POST /shacache HTTP/1.0\r\nContent-Length: 1\r\n\r\nx"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upload_AbsoluteTarget_ItsHostCounts()
    {
        await using TestServer server = await TestServer.StartAsync();

        string answer = await server.ExchangeAsync(
            "POST http://evil.example/shacache HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx");

        Assert.StartsWith("HTTP/1.1 403 ", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    public async Task Read_ContentAndListing_FromAnywhere_IsAnswered(string method)
    {
        await using TestServer server = await TestServer.StartAsync();
        await server.Client.PostAsync("/shacache", new ByteArrayContent(Content), Token);
        await server.Entries.AddAsync(EntryKey.Create(Key), EntryGenerators.Entry($$"""{"sha512": "{{Digest.Compute(Content)}}"}""", ""), Token);

        foreach (string path in new[] { $"/shacache/{Digest.Compute(Content)}", $"/shadir/{Key}", "/", "/healthz" })
        {
            using HttpResponseMessage answer = await SendAsync(server, method, path, "cache.example", "http://page.example");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Upload_WithAccounts_IsUpToThem_UnlessEverybodyMayUpload()
    {
        await using AccountSite site = await AccountSite.StartAsync();
        using HttpResponseMessage strict = await SendAsync(site.Server, "POST", "/shacache", "evil.example", "http://evil.example");
        Assert.Equal(HttpStatusCode.Unauthorized, strict.StatusCode);

        await using AccountSite open = await AccountSite.StartAsync(new Shacache.Http.Accounts.Callers.AccountOptions { AllowAnonymousUpload = true });
        using HttpResponseMessage anonymous = await SendAsync(open.Server, "POST", "/shacache", origin: "http://evil.example");
        Assert.Equal(HttpStatusCode.Forbidden, anonymous.StatusCode);
    }

    private static async Task<HttpResponseMessage> SendAsync(TestServer server, string method, string path, string? host = null, string? origin = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (method is "PUT" or "POST")
        {
            request.Content = path.StartsWith("/shadir", StringComparison.Ordinal)
                ? new StringContent($$"""["{\"sha512\": \"{{Digest.Compute(Content)}}\"}", ""]""", Encoding.UTF8, "text/plain")
                : new ByteArrayContent(Content);
        }

        request.Headers.Host = host;
        if (origin is not null)
            request.Headers.Add("Origin", origin);
        return await server.Client.SendAsync(request, Token);
    }

    private static async Task AssertNothingIsStoredAsync(TestServer server)
    {
        Assert.Null(await server.Blobs.OpenAsync(Digest.Compute(Content), Token));
        Assert.Empty(await server.Entries.ListAsync(EntryKey.Create(Key), Token));
    }
}
