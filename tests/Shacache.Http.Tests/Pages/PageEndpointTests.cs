using System.Net;
using Shacache.Core.Blobs;
using Shacache.Http.Tests.Content;

namespace Shacache.Http.Tests.Pages;

public sealed class PageEndpointTests
{
    [Fact]
    public async Task Home_HostThatIsMarkup_IsEncoded()
    {
        await using TestServer server = await TestServer.StartAsync();

        string answer = await server.ExchangeAsync("GET / HTTP/1.0\r\nHost: cache.example\r\n\r\n");
        string hostile = await server.ExchangeAsync("GET / HTTP/1.0\r\nHost: <script>\r\n\r\n");

        Assert.Contains("http://cache.example/shacache", answer, StringComparison.Ordinal);
        Assert.Contains("http://cache.example/shadir", answer, StringComparison.Ordinal);
        Assert.Contains("Content-Security-Policy: default-src 'none'", answer, StringComparison.Ordinal);
        Assert.All(
            (string[])["X-Content-Type-Options: nosniff\r\n", "X-Frame-Options: DENY\r\n", "Referrer-Policy: no-referrer\r\n"],
            header => Assert.Contains(header, answer, StringComparison.Ordinal));
        Assert.Contains("Content-Type: text/html; charset=utf-8\r\n", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", hostile, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Home_NeedsNothingFromElsewhere()
    {
        await using TestServer server = await TestServer.StartAsync();

        string page = await server.Client.GetStringAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.DoesNotContain("src=", page, StringComparison.Ordinal);
        Assert.DoesNotContain("@import", page, StringComparison.Ordinal);
        Assert.DoesNotContain("url(", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Home_ReadOnly_OffersNoUpload()
    {
        await using TestServer server = await TestServer.StartAsync(new CacheServerOptions { ReadOnly = true });

        string page = await server.Client.GetStringAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.DoesNotContain("--data-binary", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_StoresAnswer_Returns200()
    {
        await using TestServer server = await TestServer.StartAsync();

        Assert.Equal("ok\n", await server.Client.GetStringAsync(new Uri("/healthz", UriKind.Relative), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Health_StoreBroken_Returns503WithOneLine()
    {
        await using TestServer server = await TestServer.StartAsync(blobs: _ => new BrokenBlobStore());
        using HttpResponseMessage answer = await server.Client.GetAsync(new Uri("/healthz", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        await ErrorLine.AssertAsync(answer, BrokenBlobStore.Message);
    }

    [Fact]
    public async Task Live_StoreBroken_Returns200()
    {
        await using TestServer server = await TestServer.StartAsync(blobs: _ => new BrokenBlobStore());

        Assert.Equal("ok\n", await server.Client.GetStringAsync(new Uri("/livez", UriKind.Relative), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task AnyRequest_StoreBroken_Returns500WithTraceIdOnly()
    {
        await using TestServer server = await TestServer.StartAsync(blobs: _ => new BrokenBlobStore());
        using HttpResponseMessage answer = await server.Client.GetAsync(
            new Uri($"/shacache/{Digest.Empty}", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        await ErrorLine.AssertAsync(answer, "trace");
        Assert.DoesNotContain(BrokenBlobStore.Message, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Single(server.Log.Lines);
    }

    [Fact]
    public async Task Robots_AreAskedToLeaveTheContentAlone()
    {
        await using TestServer server = await TestServer.StartAsync();

        Assert.Contains("Disallow: /", await server.Client.GetStringAsync(new Uri("/robots.txt", UriKind.Relative), TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }
}
