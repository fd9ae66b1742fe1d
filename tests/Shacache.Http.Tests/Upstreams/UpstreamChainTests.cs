using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Shacache.Http.Tests.Upstreams.Content;
using Shacache.Http.Upstreams;
using Shacache.Testing;
using Shacache.Testing.Upstreams;

namespace Shacache.Http.Tests.Upstreams;

/// <summary>Servers behind servers: chains, loops, peers.</summary>
public sealed class UpstreamChainTests
{
    private readonly byte[] _content = RandomNumberGenerator.GetBytes(300_000);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Get_ChainOfThree_FillsEachOfThem()
    {
        await using TestServer last = await TestServer.StartAsync();
        await using TestServer middle = await ProximitySite.StartAsync(ProximitySite.Options([Of(last, 0)]));
        await using TestServer first = await ProximitySite.StartAsync(ProximitySite.Options([Of(middle, 0)]));
        using HttpResponseMessage put = await last.Client.PutAsync(ColdContentTests.PathOf(_content), new ByteArrayContent(_content), Token);

        ColdContentTests.AssertSame(_content, await first.Client.GetByteArrayAsync(ColdContentTests.PathOf(_content), Token));

        await ColdContentTests.StoredAsync(middle, _content);
        await ColdContentTests.StoredAsync(first, _content);
    }

    [Fact]
    public async Task Get_TwoServersThatNameEachOther_DoNotAskForEver()
    {
        TestServer? behind = null;
        int requests = 0;
        await using var between = new ScriptedUpstream(async exchange =>
        {
            Interlocked.Increment(ref requests);
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(behind!.Url, exchange.Request.Target));
            request.Headers.TryAddWithoutValidation("Via", exchange.Request.Headers["Via"]);
            using HttpResponseMessage answer = await behind.Client.SendAsync(request, Token);
            await exchange.AnswerAsync((int)answer.StatusCode);
        });
        await using TestServer one = await ProximitySite.StartAsync(between);
        behind = one;

        using HttpResponseMessage answer = await one.Client.GetAsync(ColdContentTests.PathOf(_content), Token);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal(1, requests);
    }

    [Fact]
    public async Task Get_RequestThatWentTooFar_IsAnsweredFromWhatIsHere()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Serving(_content);
        await using TestServer server = await ProximitySite.StartAsync(upstream);

        using var request = new HttpRequestMessage(HttpMethod.Get, ColdContentTests.PathOf(_content));
        request.Headers.TryAddWithoutValidation("Via", string.Join(", ", Enumerable.Range(0, 8).Select(i => $"1.1 proxy{i}")));
        using HttpResponseMessage answer = await server.Client.SendAsync(request, Token);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Empty(upstream.Requests);
    }

    [Fact]
    public async Task Get_UpstreamIsToldTheWay()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Serving(_content);
        await using TestServer server = await ProximitySite.StartAsync(upstream);

        using var request = new HttpRequestMessage(HttpMethod.Get, ColdContentTests.PathOf(_content));
        request.Headers.TryAddWithoutValidation("Via", "1.1 cdn.example");
        using HttpResponseMessage answer = await server.Client.SendAsync(request, Token);

        Assert.StartsWith("1.1 cdn.example, 1.1 shacache-", Assert.Single(upstream.Requests).Headers["Via"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_Peers_AreAskedFirst_AndOnlyForWhatTheyHave()
    {
        await using ScriptedUpstream internet = ScriptedUpstream.Serving(_content);
        await using TestServer peer = await ProximitySite.StartAsync(internet);
        await using TestServer server = await ProximitySite.StartAsync(ProximitySite.Options([ProximitySite.Upstream(internet, 0), Of(peer, 1, isPeer: true)]));

        using HttpResponseMessage fromInternet = await server.Client.GetAsync(ColdContentTests.PathOf(_content), Token);
        Assert.Equal("upstream-0", Assert.Single(fromInternet.Headers.GetValues("X-Cache-Upstream")));
        Assert.Equal(0, await peer.Blobs.ListAsync(Token).CountAsync(Token));

        byte[] other = RandomNumberGenerator.GetBytes(1000);
        using HttpResponseMessage put = await peer.Client.PutAsync(ColdContentTests.PathOf(other), new ByteArrayContent(other), Token);
        using HttpResponseMessage fromPeer = await server.Client.GetAsync(ColdContentTests.PathOf(other), Token);
        Assert.Equal("upstream-1", Assert.Single(fromPeer.Headers.GetValues("X-Cache-Upstream")));
        Assert.Single(internet.Requests);
    }

    [Fact]
    public async Task Get_PeerIsDown_IsNoReasonToFail()
    {
        using var closed = new ClosedPort();
        UpstreamOptions dead = ProximitySite.Upstream(closed.Url, closed.Url, 1, isPeer: true);
        await using ScriptedUpstream internet = ScriptedUpstream.Serving(_content);
        await using TestServer server = await ProximitySite.StartAsync(ProximitySite.Options([dead, ProximitySite.Upstream(internet, 0)]));

        using HttpResponseMessage missing = await server.Client.GetAsync(ColdContentTests.PathOf([1]), Token);

        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        ColdContentTests.AssertSame(_content, await server.Client.GetByteArrayAsync(ColdContentTests.PathOf(_content), Token));
    }

    [Fact]
    public async Task Get_OnlyIfCached_AsksNobody()
    {
        await using ScriptedUpstream upstream = ScriptedUpstream.Serving(_content);
        await using TestServer server = await ProximitySite.StartAsync(upstream);

        using var request = new HttpRequestMessage(HttpMethod.Get, ColdContentTests.PathOf(_content));
        request.Headers.CacheControl = new CacheControlHeaderValue { OnlyIfCached = true };
        using HttpResponseMessage answer = await server.Client.SendAsync(request, Token);

        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
        Assert.Empty(upstream.Requests);
    }

    [Fact]
    public async Task Get_FastestFirst_GoesByMeasuredLatency()
    {
        byte[][] contents = [.. Enumerable.Range(0, 6).Select(i => RandomNumberGenerator.GetBytes(1000 + i))];
        Func<ScriptedExchange, Task> serve = ScriptedUpstream.Serve(contents);
        await using var slow = new ScriptedUpstream(async exchange =>
        {
            await Task.Delay(1000, exchange.Stop);
            await serve(exchange);
        });
        await using ScriptedUpstream fast = ScriptedUpstream.Serving(contents);
        await using TestServer server = await ProximitySite.StartAsync(new ProximityOptions
        {
            Upstreams = [ProximitySite.Upstream(slow, 0), ProximitySite.Upstream(fast, 1)],
            Order = UpstreamOrder.Fastest,
            HedgeDelay = TimeSpan.FromSeconds(20),
        });

        foreach (byte[] content in contents)
            ColdContentTests.AssertSame(content, await server.Client.GetByteArrayAsync(ColdContentTests.PathOf(content), Token));

        Assert.Single(slow.Requests);
        Assert.Equal(contents.Length - 1, fast.Requests.Count);
    }

    private static UpstreamOptions Of(TestServer server, int number, bool isPeer = false) =>
        ProximitySite.Upstream(new Uri(server.Url, "shacache"), new Uri(server.Url, "shadir"), number, isPeer: isPeer);
}
