using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Shacache.Core.Entries;
using Shacache.Http.Upstreams;
using Shacache.Testing;
using Shacache.Testing.Upstreams;
using static Shacache.Http.Tests.Upstreams.Entries.ListingSite;

namespace Shacache.Http.Tests.Upstreams.Entries;

/// <summary>Listings of a server with upstreams: what is in them, and which upstreams are asked.</summary>
public sealed class ListingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Get_EntriesHereAndUpstream_AreMergedWithoutRepeatsCharacterForCharacter()
    {
        await using var upstream = new ScriptedUpstream(exchange => exchange.AnswerAsync(Entry(3), Entry(1), Entry(4), Entry(3)));

        // The clock stands: however late the upstream answers, it is waited for although there are entries here.
        await using TestServer server = await TestServer.StartAsync(
            new CacheServerOptions { Proximity = ProximitySite.Options(upstream) },
            services: services => services.AddSingleton<TimeProvider>(new ManualTimeProvider(DateTimeOffset.UtcNow)));
        await server.Entries.AddAsync(Key, Entry(1), Token);
        await server.Entries.AddAsync(Key, Entry(2), Token);

        using HttpResponseMessage first = await server.Client.GetAsync(KeyPath, Token);
        using HttpResponseMessage second = await server.Client.GetAsync(KeyPath, Token);

        Assert.Equal([Entry(2), Entry(1), Entry(3), Entry(4)], await ReadAsync(first));
        Assert.Equal([Entry(2), Entry(1), Entry(3), Entry(4)], await ReadAsync(second));
        Assert.Equal(("MISS", "upstream-0"), (Header(first, "X-Cache"), Header(first, "X-Cache-Upstream")));
        Assert.Equal(("HIT", "upstream-0"), (Header(second, "X-Cache"), Header(second, "X-Cache-Upstream")));
        Assert.Equal(("2", "2"), (Header(first, "X-Cache-Own"), Header(second, "X-Cache-Own")));
        Assert.Equal("application/json", first.Content.Headers.ContentType!.ToString());
        Assert.InRange(int.Parse(Header(second, "Age")!, CultureInfo.InvariantCulture), 0, 20);
        Assert.Null(Header(second, "Warning"));
        ScriptedRequest asked = Assert.Single(upstream.Requests);
        Assert.Equal("/shadir/key", asked.Target);
        Assert.Equal([Entry(2), Entry(1)], (await server.Entries.ListAsync(Key, Token)).Select(stored => stored.Entry));
    }

    [Fact]
    public async Task Get_UpstreamSendsItsListingSlowlyButSteadily_IsListed()
    {
        byte[] listing = Encoding.UTF8.GetBytes(Listing([.. Enumerable.Range(1, 40).Select(number => Entry(number))]));
        await using var upstream = new ScriptedUpstream(async exchange =>
        {
            await exchange.SendHeadAsync(listing.Length);
            foreach (byte[] piece in listing.Chunk(1 + (listing.Length / 15)))
            {
                await exchange.SendAsync(piece);
                await Task.Delay(200, exchange.Stop);
            }
        });
        await using TestServer server = await StartAsync(null, ProximitySite.Upstream(upstream, stall: TimeSpan.FromSeconds(2)));

        using HttpResponseMessage answer = await server.Client.GetAsync(KeyPath, Token);

        Assert.Equal(40, (await ReadAsync(answer)).Count);
    }

    [Fact]
    public async Task Get_UpstreamDripsItsListing_Is504()
    {
        await using var upstream = new ScriptedUpstream(async exchange =>
        {
            await exchange.SendHeadAsync(1_000_000);
            while (!exchange.Stop.IsCancellationRequested)
            {
                await exchange.SendAsync(" ");
                await Task.Delay(50, exchange.Stop);
            }
        });
        await using TestServer server = await StartAsync(null, ProximitySite.Upstream(upstream, stall: TimeSpan.FromSeconds(1)));

        using HttpResponseMessage answer = await server.Client.GetAsync(KeyPath, Token);

        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
        Assert.Equal("The upstream upstream-0 did not send its listing in time.\n", await answer.Content.ReadAsStringAsync(Token));
    }

    [Fact]
    public async Task Get_MalformedAndExpiredEntriesUpstream_AreLeftOut()
    {
        string good = Listing(Entry(1))[1..^1];
        string expired = Listing(Entry(2, ", \"expiration_date\": \"2001-01-01\""))[1..^1];
        await using var upstream = new ScriptedUpstream(exchange => exchange.AnswerAsync($$"""[1, ["{}", ""], {{expired}}, {"a": []}, {{good}}, ["x"], null]"""));
        await using TestServer server = await StartAsync(upstream);

        using HttpResponseMessage answer = await server.Client.GetAsync(KeyPath, Token);

        Assert.Equal([Entry(1)], await ReadAsync(answer));
    }

    [Fact]
    public async Task Get_OnlyExpiredEntriesUpstream_Is404()
    {
        await using var upstream = new ScriptedUpstream(exchange => exchange.AnswerAsync(Entry(2, ", \"expiration_date\": \"2001-01-01\"")));
        await using TestServer server = await StartAsync(upstream);

        using HttpResponseMessage answer = await server.Client.GetAsync(KeyPath, Token);

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

        Task<HttpResponseMessage>[] asking = [.. Enumerable.Range(0, 50).Select(_ => server.Client.GetAsync(KeyPath, Token))];
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
    public async Task Get_FirstHasNone_SecondHas_IsTheSecondOnes()
    {
        await using var first = new ScriptedUpstream(exchange => exchange.AnswerAsync("[]"));
        await using var second = new ScriptedUpstream(exchange => exchange.AnswerAsync(Entry(1)));
        await using TestServer server = await StartAsync(first, second);

        using HttpResponseMessage answer = await server.Client.GetAsync(KeyPath, Token);

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
        UpstreamOptions Bad() => kind is "hangs" or "stalls" ? Impatient(bad) : ProximitySite.Upstream(bad);
        await using TestServer alone = await StartAsync(null, Bad());
        await using TestServer both = await StartAsync(null, Bad(), ProximitySite.Upstream(good, 1));

        using HttpResponseMessage failed = await alone.Client.GetAsync(KeyPath, Token);
        await alone.Entries.AddAsync(Key, Entry(2), Token);
        using HttpResponseMessage local = await alone.Client.GetAsync(KeyPath, Token);
        using HttpResponseMessage other = await both.Client.GetAsync(KeyPath, Token);
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
        Assert.True(elapsed.Elapsed < TimeSpan.FromSeconds(15), $"{elapsed.Elapsed}");
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
    public async Task Head_UnknownKey_AsksUpstreamAndSendsNoBody()
    {
        await using var upstream = new ScriptedUpstream(exchange => exchange.AnswerAsync(Entry(1)));
        await using TestServer server = await StartAsync(upstream);

        using HttpResponseMessage answer = await server.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, KeyPath), Token);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(System.Text.Encoding.UTF8.GetByteCount(Listing(Entry(1))), answer.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task Get_ListingLongerThanIsRead_HasTheFirstEntries()
    {
        string more = $", \"junk\": \"{new string('x', 100_000)}\"";
        SignedEntry[] all = [Entry(1), .. Enumerable.Range(2, 80).Select(i => Entry(i, more))];
        await using var upstream = new ScriptedUpstream(exchange => exchange.AnswerAsync(all));
        await using TestServer server = await StartAsync(upstream);

        using HttpResponseMessage answer = await server.Client.GetAsync(KeyPath, Token);
        IReadOnlyList<SignedEntry> entries = await ReadAsync(answer);

        Assert.Equal(all[..entries.Count], entries);
        Assert.InRange(entries.Count, 10, 40);
    }

    [Fact]
    public async Task Get_NewListingLongerThanIsRead_TakesThePlaceOfTheOldOne()
    {
        string more = $", \"junk\": \"{new string('x', 100_000)}\"";
        SignedEntry[] all = [Entry(1), .. Enumerable.Range(2, 80).Select(i => Entry(i, more))];
        await using var upstream = new ScriptedUpstream(exchange => exchange.AnswerAsync(all));
        await using TestServer server = await StartAsync(upstream);
        await KnowAsync(server, TimeSpan.FromHours(1), Entry(99));

        await Eventually.IsTrueAsync(async () =>
        {
            using HttpResponseMessage answer = await server.Client.GetAsync(KeyPath, Token);
            return (await ReadAsync(answer))[0].Equals(all[0]);
        });
    }

    [Fact]
    public async Task Get_UpstreamListsJunkUnderThreeKeys_TheOthersAreAskedForAllTheSame()
    {
        await using var upstream = new ScriptedUpstream(exchange =>
            exchange.Request.Target.EndsWith("/key", StringComparison.Ordinal) ? exchange.AnswerAsync(Entry(1)) : exchange.AnswerAsync("<html>"));
        await using TestServer server = await StartAsync(upstream);

        for (int i = 0; i < 6; i++)
        {
            using HttpResponseMessage junk = await server.Client.GetAsync($"/shadir/junk-{i}", Token);
            Assert.Equal(HttpStatusCode.BadGateway, junk.StatusCode);
        }

        using HttpResponseMessage answer = await server.Client.GetAsync(KeyPath, Token);
        Assert.Equal([Entry(1)], await ReadAsync(answer));
    }

    private static UpstreamOptions Impatient(ScriptedUpstream upstream) => new()
    {
        Name = "upstream-0",
        CacheUrl = upstream.CacheUrl,
        DirectoryUrl = upstream.DirectoryUrl,
        Limits = new UpstreamLimits
        {
            ConnectTimeout = TimeSpan.FromMilliseconds(300),
            FirstByteTimeout = TimeSpan.FromMilliseconds(300),
            StallTimeout = TimeSpan.FromMilliseconds(300),
        },
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
}
