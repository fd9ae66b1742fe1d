using System.Net;
using Shacache.Testing.Upstreams;
using static Shacache.Http.Tests.Upstreams.Entries.ListingSite;

namespace Shacache.Http.Tests.Upstreams.Entries;

/// <summary>Listings of servers that ask each other.</summary>
public sealed class ListingPeerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Get_PeerHasSome_DoesNotHideTheUpstreams()
    {
        await using var peer = new ScriptedUpstream(exchange => exchange.AnswerAsync(Entry(1), Entry(2)));
        await using var upstream = new ScriptedUpstream(exchange => exchange.AnswerAsync(Entry(2), Entry(3)));
        await using TestServer server = await StartAsync(null, ProximitySite.Upstream(peer, 0, isPeer: true), ProximitySite.Upstream(upstream, 1));

        using HttpResponseMessage answer = await server.Client.GetAsync(KeyPath, Token);

        Assert.Equal([Entry(1), Entry(2), Entry(3)], await ReadAsync(answer));
        Assert.Equal("upstream-1", Header(answer, "X-Cache-Upstream"));
        Assert.Equal("only-if-cached", Assert.Single(peer.Requests).Headers["Cache-Control"]);
    }

    [Theory]
    [InlineData(404, HttpStatusCode.NotFound)]
    [InlineData(503, HttpStatusCode.OK)]
    public async Task Get_PeerHasOldEntries_CountOnlyWhenUpstreamFails(int upstreamStatus, HttpStatusCode expected)
    {
        await using var peer = new ScriptedUpstream(exchange => exchange.AnswerAsync(Listing(Entry(1)), "X-Cache: STALE\r\n"));
        await using var upstream = new ScriptedUpstream(exchange => exchange.AnswerAsync(upstreamStatus));
        await using TestServer server = await StartAsync(null, ProximitySite.Upstream(peer, 0, isPeer: true), ProximitySite.Upstream(upstream, 1));

        using HttpResponseMessage answer = await server.Client.GetAsync(KeyPath, Token);

        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task Get_OnlyIfCached_AsksNobody()
    {
        await using var upstream = new ScriptedUpstream(exchange => exchange.AnswerAsync(Entry(1)));
        await using TestServer server = await StartAsync(upstream);

        using HttpResponseMessage unknown = await OnlyCachedAsync(server);
        await KnowAsync(server, TimeSpan.FromDays(1), Entry(2));
        using HttpResponseMessage known = await OnlyCachedAsync(server);

        Assert.Equal(HttpStatusCode.GatewayTimeout, unknown.StatusCode);
        await ErrorLine.AssertAsync(unknown, "only-if-cached");
        Assert.Equal([Entry(2)], await ReadAsync(known));
        Assert.Equal("STALE", Header(known, "X-Cache"));
        Assert.Empty(upstream.Requests);
    }

    [Fact]
    public async Task Get_TwoCachesAskEachOther_BothAnswer()
    {
        await using var front = new PortReservation();
        await using TestServer one = await StartAsync(null, ProximitySite.Upstream(new Uri($"{front.Url}shacache"), new Uri($"{front.Url}shadir")));
        await using TestServer two = await StartAsync(null, ProximitySite.Upstream(new Uri(one.Url, "/shacache"), new Uri(one.Url, "/shadir")));
        front.RelayTo(two.Url);

        Task<HttpResponseMessage>[] asking = [.. Enumerable.Range(0, 10).Select(i => (i % 2 == 0 ? one : two).Client.GetAsync(KeyPath, Token))];

        foreach (HttpResponseMessage answer in await Task.WhenAll(asking).WaitAsync(Patience, Token))
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    private static async Task<HttpResponseMessage> OnlyCachedAsync(TestServer server)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, KeyPath);
        request.Headers.Add("Cache-Control", "only-if-cached");
        return await server.Client.SendAsync(request, Token);
    }
}
