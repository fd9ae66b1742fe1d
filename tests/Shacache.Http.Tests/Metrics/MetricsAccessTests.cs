using System.Net;
using System.Security.Cryptography.X509Certificates;
using Shacache.Core.Accounts;
using Shacache.Http.Metrics;
using Shacache.Http.Tests.Accounts;

namespace Shacache.Http.Tests.Metrics;

/// <summary>Who may read the metrics.</summary>
public sealed class MetricsAccessTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(MetricsAudience.Loopback, HttpStatusCode.Forbidden)]
    [InlineData(MetricsAudience.Anyone, HttpStatusCode.OK)]
    [InlineData(MetricsAudience.Administrators, HttpStatusCode.Unauthorized)]
    [InlineData(MetricsAudience.Off, HttpStatusCode.NotFound)]
    public async Task Get_FromAnotherMachine_IsAsTheSettingSays(MetricsAudience audience, HttpStatusCode expected)
    {
        await using AccountSite site = await AccountSite.StartAsync(cache: new CacheServerOptions { Metrics = audience });
        using HttpClient client = site.NewClient(url: site.FarTlsUrl);

        using HttpResponseMessage answer = await client.GetAsync("/metrics", Token);

        Assert.Equal(expected, answer.StatusCode);
        string text = await answer.Content.ReadAsStringAsync(Token);
        if (audience is MetricsAudience.Loopback or MetricsAudience.Off)
            Assert.Contains($"metrics = {audience.ToString().ToLowerInvariant()}", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, HttpStatusCode.OK)]
    [InlineData(false, HttpStatusCode.Forbidden)]
    public async Task Get_ForAdministrators_NeedsTheRight(bool mayAdminister, HttpStatusCode expected)
    {
        await using AccountSite site = await AccountSite.StartAsync(cache: new CacheServerOptions { Metrics = MetricsAudience.Administrators });
        using X509Certificate2 certificate = await site.EnrolAsync("someone", new AccountRights { MayAdminister = mayAdminister, MayUpload = true });
        using HttpClient client = site.NewClient(certificate, url: site.FarTlsUrl);

        using HttpResponseMessage answer = await client.GetAsync("/metrics", Token);

        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task Get_OnTheServersMachine_ShowsStateOfThatServer()
    {
        await using TestServer server = await TestServer.StartAsync();

        using HttpResponseMessage answer = await server.Client.GetAsync("/metrics", Token);
        using HttpResponseMessage head = await server.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/metrics"), Token);
        using HttpResponseMessage post = await server.Client.PostAsync("/metrics", null, Token);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.StartsWith("text/plain", answer.Content.Headers.ContentType!.ToString(), StringComparison.Ordinal);
        Assert.Contains("shacache_queue_length", await answer.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, post.StatusCode);
    }

    [Fact]
    public async Task Get_ByAWebPage_IsRefused()
    {
        await using TestServer server = await TestServer.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/metrics") { Headers = { { "Origin", "http://example.org" } } };

        using HttpResponseMessage answer = await server.Client.SendAsync(request, Token);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }
}
