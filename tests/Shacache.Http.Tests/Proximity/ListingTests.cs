using System.Globalization;
using System.Net;
using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Http.Upstreams;
using Shacache.Testing.Upstreams;
using static Shacache.Http.Tests.Proximity.ListingSite;

namespace Shacache.Http.Tests.Proximity;

/// <summary>Listings of a server with upstreams.</summary>
public sealed class ListingTests
{
    private const string Path = "/shadir/key";
    private static readonly EntryKey Key = EntryKey.Create("key");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Get_EntriesHereAndUpstream_AreMergedWithoutRepeatsCharacterForCharacter()
    {
        await using var upstream = new ScriptedUpstream(exchange => exchange.AnswerAsync(Entry(3), Entry(1), Entry(4), Entry(3)));
        await using TestServer server = await StartAsync(upstream);
        await server.Entries.AddAsync(Key, Entry(1), Token);
        await server.Entries.AddAsync(Key, Entry(2), Token);

        using HttpResponseMessage first = await server.Client.GetAsync(Path, Token);
        using HttpResponseMessage second = await server.Client.GetAsync(Path, Token);

        Assert.Equal([Entry(2), Entry(1), Entry(3), Entry(4)], await ReadAsync(first));
        Assert.Equal([Entry(2), Entry(1), Entry(3), Entry(4)], await ReadAsync(second));
        Assert.Equal(("MISS", "upstream-0"), (Header(first, "X-Cache"), Header(first, "X-Cache-Upstream")));
        Assert.Equal(("HIT", "upstream-0"), (Header(second, "X-Cache"), Header(second, "X-Cache-Upstream")));
        Assert.Equal("application/json", first.Content.Headers.ContentType!.ToString());
        Assert.InRange(int.Parse(Header(second, "Age")!, CultureInfo.InvariantCulture), 0, 20);
        Assert.Null(Header(second, "Warning"));
        ScriptedRequest asked = Assert.Single(upstream.Requests);
        Assert.Equal("/shadir/key", asked.Target);
        Assert.Equal([Entry(2), Entry(1)], (await server.Entries.ListAsync(Key, Token)).Select(stored => stored.Entry));
    }

    [Fact]
    public async Task Get_MalformedAndExpiredEntriesUpstream_AreLeftOut()
    {
        string good = Listing(Entry(1))[1..^1];
        string expired = Listing(Entry(2, ", \"expiration_date\": \"2001-01-01\""))[1..^1];
        await using var upstream = new ScriptedUpstream(exchange => exchange.AnswerAsync($$"""[1, ["{}", ""], {{expired}}, {"a": []}, {{good}}, ["x"], null]"""));
        await using TestServer server = await StartAsync(upstream);

        using HttpResponseMessage answer = await server.Client.GetAsync(Path, Token);

        Assert.Equal([Entry(1)], await ReadAsync(answer));
    }

    [Fact]
    public async Task Get_OnlyExpiredEntriesUpstream_Is404()
    {
        await using var upstream = new ScriptedUpstream(exchange => exchange.AnswerAsync(Entry(2, ", \"expiration_date\": \"2001-01-01\"")));
        await using TestServer server = await StartAsync(upstream);

        using HttpResponseMessage answer = await server.Client.GetAsync(Path, Token);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task Get_FiftyClientsAtOnce_AreOneRequestUpstream()
    {
        var goOn = new TaskCompletionSource();
        await using var upstream = new ScriptedUpstream(async exchange =>
        {
            await goOn.Task.WaitAsync(Patience, Token);
            await exchange.AnswerAsync(Entry(1));
        });
        await using TestServer server = await StartAsync(upstream);

        Task<HttpResponseMessage>[] asking = [.. Enumerable.Range(0, 50).Select(_ => server.Client.GetAsync(Path, Token))];
        while (upstream.Requests.IsEmpty)
            await Task.Delay(5, Token);
        goOn.SetResult();

        foreach (HttpResponseMessage answer in await Task.WhenAll(asking))
        {
            using (answer)
                Assert.Equal([Entry(1)], await ReadAsync(answer));
        }

        Assert.Single(upstream.Requests);
    }

    [Fact]
    public async Task Get_KnownAnswerIsOld_IsServedAtOnce_AndReplacedBehind()
    {
        var goOn = new TaskCompletionSource();
        await using var upstream = new ScriptedUpstream(async exchange =>
        {
            if (exchange.Request.Number == 1)
            {
                await exchange.AnswerAsync(Listing(Entry(1)), "Age: 100\r\n");
                return;
            }

            await goOn.Task.WaitAsync(Patience, Token);
            await exchange.AnswerAsync(Entry(2));
        });
        await using TestServer server = await StartAsync(TimeSpan.Zero, ProximitySite.Upstream(upstream));
        using HttpResponseMessage cold = await server.Client.GetAsync(Path, Token);

        using HttpResponseMessage old = await server.Client.GetAsync(Path, Token).WaitAsync(Patience, Token);
        using HttpResponseMessage oldAgain = await server.Client.GetAsync(Path, Token).WaitAsync(Patience, Token);
        goOn.SetResult();

        Assert.Equal([Entry(1)], await ReadAsync(old));
        Assert.Equal(("STALE", "upstream-0"), (Header(old, "X-Cache"), Header(old, "X-Cache-Upstream")));
        Assert.StartsWith("110 ", Header(old, "Warning"), StringComparison.Ordinal);
        Assert.InRange(int.Parse(Header(old, "Age")!, CultureInfo.InvariantCulture), 100, 120);
        Assert.Equal([Entry(1)], await ReadAsync(oldAgain));
        await UntilAsync(async () =>
        {
            using HttpResponseMessage answer = await server.Client.GetAsync(Path, Token);
            return (await ReadAsync(answer)).SequenceEqual([Entry(2)]);
        });
    }

    [Fact]
    public async Task Get_UpstreamIsDown_KnownAnswerIsServedHoweverOldItIs()
    {
        await using var upstream = new ScriptedUpstream(exchange => exchange.AnswerAsync(503));
        await using TestServer server = await StartAsync(upstream);
        await KnowAsync(server, TimeSpan.FromDays(400), Entry(1), Entry(2));
        await server.Entries.AddAsync(Key, Entry(3), Token);

        await UntilAsync(async () =>
        {
            using HttpResponseMessage answer = await server.Client.GetAsync(Path, Token);
            Assert.Equal([Entry(3), Entry(1), Entry(2)], await ReadAsync(answer));
            Assert.Equal("STALE", Header(answer, "X-Cache"));
            Assert.InRange(int.Parse(Header(answer, "Age")!, CultureInfo.InvariantCulture), 400 * 86_400, (400 * 86_400) + 60);
            return Header(answer, "Warning")!.StartsWith("111 ", StringComparison.Ordinal);
        });
        using HttpResponseMessage last = await server.Client.GetAsync(Path, Token);
        Assert.Equal([Entry(3), Entry(1), Entry(2)], await ReadAsync(last));
        Assert.Single(upstream.Requests);
    }

    [Fact]
    public async Task Get_EntriesAreGoneUpstream_AreForgotten()
    {
        await using var upstream = new ScriptedUpstream(exchange => exchange.AnswerAsync(404));
        await using TestServer server = await StartAsync(upstream);
        await KnowAsync(server, TimeSpan.FromHours(1), Entry(1));

        await UntilAsync(async () =>
        {
            using HttpResponseMessage answer = await server.Client.GetAsync(Path, Token);
            return answer.StatusCode == HttpStatusCode.NotFound;
        });

        Assert.Null(await server.UpstreamListings.FindAsync(Key, Token));
    }

    [Fact]
    public async Task Get_NobodyListsIt_Is404_AndRemembered_UntilItIsPutHere()
    {
        await using var first = new ScriptedUpstream(exchange => exchange.AnswerAsync("[]"));
        await using var second = new ScriptedUpstream(exchange => exchange.AnswerAsync(404));
        await using TestServer server = await StartAsync(first, second);

        for (int i = 0; i < 3; i++)
        {
            using HttpResponseMessage answer = await server.Client.GetAsync(Path, Token);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
            Assert.Equal("MISS", Header(answer, "X-Cache"));
            await ErrorLine.AssertAsync(answer, "upstream");
        }

        await server.Entries.AddAsync(Key, Entry(1), Token);
        using HttpResponseMessage local = await server.Client.GetAsync(Path, Token);

        Assert.Equal([Entry(1)], await ReadAsync(local));
        Assert.Equal("HIT", Header(local, "X-Cache"));
        Assert.Null(Header(local, "X-Cache-Upstream"));
        Assert.Null(Header(local, "Age"));
        Assert.Single(first.Requests);
        Assert.Single(second.Requests);
    }

    [Fact]
    public async Task Get_FirstHasNone_SecondHas_IsTheSecondOnes()
    {
        await using var first = new ScriptedUpstream(exchange => exchange.AnswerAsync("[]"));
        await using var second = new ScriptedUpstream(exchange => exchange.AnswerAsync(Entry(1)));
        await using TestServer server = await StartAsync(first, second);

        using HttpResponseMessage answer = await server.Client.GetAsync(Path, Token);

        Assert.Equal([Entry(1)], await ReadAsync(answer));
        Assert.Equal("upstream-1", Header(answer, "X-Cache-Upstream"));
    }

    [Theory]
    [InlineData("not JSON", HttpStatusCode.BadGateway)]
    [InlineData("{}", HttpStatusCode.BadGateway)]
    [InlineData("long", HttpStatusCode.BadGateway)]
    [InlineData("truncated", HttpStatusCode.BadGateway)]
    [InlineData("dead", HttpStatusCode.BadGateway)]
    [InlineData("hangs", HttpStatusCode.GatewayTimeout)]
    [InlineData("stalls", HttpStatusCode.GatewayTimeout)]
    public async Task Get_BadUpstream_IsOneLine_AndTheNextOneIsAsked(string kind, HttpStatusCode expected)
    {
        Task Misbehave(ScriptedExchange exchange) => kind switch
        {
            "long" => exchange.AnswerAsync("[" + new string(' ', 5 << 20) + "]"),
            "truncated" => EndAsync(exchange, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n["),
            "dead" => EndAsync(exchange, ""),
            "hangs" => exchange.HangAsync(),
            "stalls" => HangAsync(exchange, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n["),
            _ => exchange.AnswerAsync(kind),
        };
        await using var bad = new ScriptedUpstream(Misbehave);
        await using var good = new ScriptedUpstream(exchange => exchange.Request.Target.EndsWith("key", StringComparison.Ordinal) ? exchange.AnswerAsync(Entry(1)) : exchange.AnswerAsync(404));
        await using TestServer alone = await StartAsync(null, Impatient(bad));
        await using TestServer both = await StartAsync(null, Impatient(bad), ProximitySite.Upstream(good, 1));

        using HttpResponseMessage failed = await alone.Client.GetAsync(Path, Token);
        await alone.Entries.AddAsync(Key, Entry(2), Token);
        using HttpResponseMessage local = await alone.Client.GetAsync(Path, Token);
        using HttpResponseMessage other = await both.Client.GetAsync(Path, Token);
        using HttpResponseMessage unknown = await both.Client.GetAsync("/shadir/unknown", Token);

        Assert.Equal(expected, failed.StatusCode);
        await ErrorLine.AssertAsync(failed, "upstream-0");
        Assert.Equal([Entry(2)], await ReadAsync(local));
        Assert.Equal("STALE", Header(local, "X-Cache"));
        Assert.StartsWith("111 ", Header(local, "Warning"), StringComparison.Ordinal);
        Assert.Equal([Entry(1)], await ReadAsync(other));
        Assert.Equal(expected, unknown.StatusCode);
    }

    [Fact]
    public async Task Get_UpstreamHangs_EntriesThatArePutHereDoNotWaitForIt()
    {
        await using var upstream = new ScriptedUpstream(exchange => exchange.HangAsync());
        await using TestServer server = await StartAsync(upstream);
        EntryKey[] keys = [.. Enumerable.Range(0, 20).Select(i => EntryKey.Create($"key-{i}"))];
        foreach (EntryKey key in keys)
            await server.Entries.AddAsync(key, Entry(1), Token);

        var elapsed = System.Diagnostics.Stopwatch.StartNew();
        foreach (EntryKey key in keys)
        {
            using HttpResponseMessage answer = await server.Client.GetAsync($"/shadir/{key}", Token);
            Assert.Equal([Entry(1)], await ReadAsync(answer));
        }

        // The first one waits for half a second; each would wait for 20 seconds otherwise.
        Assert.True(elapsed.Elapsed < TimeSpan.FromSeconds(8), $"{elapsed.Elapsed}");
    }

    [Theory]
    [InlineData("pypi:foo=1.0", "pypi%3Afoo%3D1.0")]
    [InlineData("pypi%3Afoo%3D1.0", "pypi%3Afoo%3D1.0")]
    [InlineData("%252F", "%252F")]
    [InlineData("100%", "100%25")]
    [InlineData("a+b%20c", "a%2Bb%20c")]
    [InlineData("%C3%A9", "%C3%A9")]
    public async Task Get_AnySpellingOfAKey_IsTheSameKeyUpstream(string spelled, string expected)
    {
        await using var upstream = new ScriptedUpstream(exchange => exchange.AnswerAsync(Entry(1)));
        await using TestServer server = await StartAsync(upstream);

        string answer = await server.ExchangeAsync($"GET /shadir/{spelled} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", answer, StringComparison.Ordinal);
        Assert.Equal($"/shadir/{expected}", Assert.Single(upstream.Requests).Target);
    }

    [Fact]
    public async Task Get_KeyOfTheGateway_IsNotAskedUpstream()
    {
        await using var upstream = new ScriptedUpstream(exchange => exchange.AnswerAsync(Entry(1)));
        await using TestServer server = await StartAsync(upstream);

        using HttpResponseMessage answer = await server.Client.GetAsync("/shadir/shacache-gateway:0", Token);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Empty(upstream.Requests);
    }

    [Fact]
    public async Task Get_PeerHasSome_DoesNotHideTheUpstreams()
    {
        await using var peer = new ScriptedUpstream(exchange => exchange.AnswerAsync(Entry(1), Entry(2)));
        await using var upstream = new ScriptedUpstream(exchange => exchange.AnswerAsync(Entry(2), Entry(3)));
        await using TestServer server = await StartAsync(null, ProximitySite.Upstream(peer, 0, isPeer: true), ProximitySite.Upstream(upstream, 1));

        using HttpResponseMessage answer = await server.Client.GetAsync(Path, Token);

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

        using HttpResponseMessage answer = await server.Client.GetAsync(Path, Token);

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

        Task<HttpResponseMessage>[] asking = [.. Enumerable.Range(0, 10).Select(i => (i % 2 == 0 ? one : two).Client.GetAsync(Path, Token))];

        foreach (HttpResponseMessage answer in await Task.WhenAll(asking).WaitAsync(Patience, Token))
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task Get_ServerWithoutUpstreams_ListsWhatTheyListedOnce()
    {
        await using TestServer server = await TestServer.StartAsync();
        await KnowAsync(server, TimeSpan.FromDays(400), Entry(1), Entry(2));
        await server.Entries.AddAsync(Key, Entry(2), Token);

        using HttpResponseMessage answer = await server.Client.GetAsync(Path, Token);
        using HttpResponseMessage unknown = await server.Client.GetAsync("/shadir/unknown", Token);

        Assert.Equal([Entry(2), Entry(1)], await ReadAsync(answer));
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Null(Header(answer, "X-Cache"));
    }

    [Fact]
    public async Task Head_UnknownKey_AsksUpstreamAndSendsNoBody()
    {
        await using var upstream = new ScriptedUpstream(exchange => exchange.AnswerAsync(Entry(1)));
        await using TestServer server = await StartAsync(upstream);

        using HttpResponseMessage answer = await server.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, Path), Token);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(System.Text.Encoding.UTF8.GetByteCount(Listing(Entry(1))), answer.Content.Headers.ContentLength);
    }

    internal static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(Patience);
        while (!await condition())
            await Task.Delay(5, patience.Token);
    }

    private static async Task KnowAsync(TestServer server, TimeSpan age, params SignedEntry[] entries)
    {
        DateTimeOffset then = DateTimeOffset.UtcNow - age;
        await server.UpstreamListings.ReplaceAsync(new UpstreamListing(Key, entries, "upstream-0", then, TimeSpan.Zero, then), Token);
    }

    private static UpstreamOptions Impatient(ScriptedUpstream upstream) => new()
    {
        Name = "upstream-0",
        CacheUrl = upstream.CacheUrl,
        DirectoryUrl = upstream.DirectoryUrl,
        ConnectTimeout = TimeSpan.FromMilliseconds(300),
        FirstByteTimeout = TimeSpan.FromMilliseconds(300),
        StallTimeout = TimeSpan.FromMilliseconds(300),
    };

    private static async Task EndAsync(ScriptedExchange exchange, string sent)
    {
        await exchange.SendAsync(sent);
        exchange.End();
        await exchange.HangAsync();
    }

    private static async Task HangAsync(ScriptedExchange exchange, string sent)
    {
        await exchange.SendAsync(sent);
        await exchange.HangAsync();
    }

    private static async Task<HttpResponseMessage> OnlyCachedAsync(TestServer server)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Path);
        request.Headers.Add("Cache-Control", "only-if-cached");
        return await server.Client.SendAsync(request, Token);
    }
}
