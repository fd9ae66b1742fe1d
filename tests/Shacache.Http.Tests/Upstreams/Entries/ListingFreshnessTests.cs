using System.Globalization;
using System.Net;
using Shacache.Testing;
using Shacache.Testing.Upstreams;
using static Shacache.Http.Tests.Upstreams.Entries.ListingSite;

namespace Shacache.Http.Tests.Upstreams.Entries;

/// <summary>For how long a server knows what its upstreams listed.</summary>
public sealed class ListingFreshnessTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

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
        using HttpResponseMessage cold = await server.Client.GetAsync(KeyPath, Token);

        using HttpResponseMessage old = await server.Client.GetAsync(KeyPath, Token).WaitAsync(Patience, Token);
        using HttpResponseMessage oldAgain = await server.Client.GetAsync(KeyPath, Token).WaitAsync(Patience, Token);
        goOn.SetResult();

        Assert.Equal([Entry(1)], await ReadAsync(old));
        Assert.Equal(("STALE", "upstream-0"), (Header(old, "X-Cache"), Header(old, "X-Cache-Upstream")));
        Assert.StartsWith("110 ", Header(old, "Warning"), StringComparison.Ordinal);
        Assert.InRange(int.Parse(Header(old, "Age")!, CultureInfo.InvariantCulture), 100, 120);
        Assert.Equal([Entry(1)], await ReadAsync(oldAgain));
        await Eventually.IsTrueAsync(async () =>
        {
            using HttpResponseMessage answer = await server.Client.GetAsync(KeyPath, Token);
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

        await Eventually.IsTrueAsync(async () =>
        {
            using HttpResponseMessage answer = await server.Client.GetAsync(KeyPath, Token);
            Assert.Equal([Entry(3), Entry(1), Entry(2)], await ReadAsync(answer));
            Assert.Equal("STALE", Header(answer, "X-Cache"));
            Assert.InRange(int.Parse(Header(answer, "Age")!, CultureInfo.InvariantCulture), 400 * 86_400, (400 * 86_400) + 60);
            return Header(answer, "Warning")!.StartsWith("111 ", StringComparison.Ordinal);
        });
        using HttpResponseMessage last = await server.Client.GetAsync(KeyPath, Token);
        Assert.Equal([Entry(3), Entry(1), Entry(2)], await ReadAsync(last));
        Assert.Single(upstream.Requests);
    }

    [Fact]
    public async Task Get_EntriesAreGoneUpstream_AreForgotten()
    {
        await using var upstream = new ScriptedUpstream(exchange => exchange.AnswerAsync(404));
        await using TestServer server = await StartAsync(upstream);
        await KnowAsync(server, TimeSpan.FromHours(1), Entry(1));

        await Eventually.IsTrueAsync(async () =>
        {
            using HttpResponseMessage answer = await server.Client.GetAsync(KeyPath, Token);
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
            using HttpResponseMessage answer = await server.Client.GetAsync(KeyPath, Token);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
            Assert.Equal("MISS", Header(answer, "X-Cache"));
            await ErrorLine.AssertAsync(answer, "upstream");
        }

        await server.Entries.AddAsync(Key, Entry(1), Token);
        using HttpResponseMessage local = await server.Client.GetAsync(KeyPath, Token);

        Assert.Equal([Entry(1)], await ReadAsync(local));
        Assert.Equal("HIT", Header(local, "X-Cache"));
        Assert.Null(Header(local, "X-Cache-Upstream"));
        Assert.Null(Header(local, "Age"));
        Assert.Single(first.Requests);
        Assert.Single(second.Requests);
    }

    [Fact]
    public async Task Get_ServerWithoutUpstreams_ListsWhatTheyListedOnce()
    {
        await using TestServer server = await TestServer.StartAsync();
        await KnowAsync(server, TimeSpan.FromDays(400), Entry(1), Entry(2));
        await server.Entries.AddAsync(Key, Entry(2), Token);

        using HttpResponseMessage answer = await server.Client.GetAsync(KeyPath, Token);
        using HttpResponseMessage unknown = await server.Client.GetAsync("/shadir/unknown", Token);

        Assert.Equal([Entry(2), Entry(1)], await ReadAsync(answer));
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        Assert.Null(Header(answer, "X-Cache"));
    }
}
