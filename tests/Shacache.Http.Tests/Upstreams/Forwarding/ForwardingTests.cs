using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Http.Tests.Upstreams.Entries;
using Shacache.Http.Upstreams;
using Shacache.Testing;
using Shacache.Testing.Entries;
using Shacache.Testing.Upstreams;

namespace Shacache.Http.Tests.Upstreams.Forwarding;

/// <summary>What is put to a server that sends it on.</summary>
public sealed class ForwardingTests
{
    private static readonly byte[] Content = RandomNumberGenerator.GetBytes(2_000_000);
    private static readonly SignedEntry Entry = EntryGenerators.Entry($$"""{"sha512":  "{{Digest.Compute(Content)}}", "x": "\u00e9 é"}""", "AAEC\nAw==");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Put_ContentAndEntry_ArriveUpstreamCharacterForCharacter_TheContentFirst()
    {
        var received = new ConcurrentQueue<(ScriptedRequest Request, byte[] Body)>();
        await using var upstream = new ScriptedUpstream(exchange => AcceptAsync(exchange, received));
        await using TestServer server = await StartAsync(upstream);

        await PutEntryAsync(server);
        await PostAsync(server);
        await PutEntryAsync(server);
        await Eventually.IsTrueAsync(async () => (await server.Forwards.CountAsync(Token)).Waiting == 0);

        (ScriptedRequest, byte[])[] uploads = [.. received.Where(one => one.Request.Method != "HEAD")];
        (ScriptedRequest Request, byte[] Body) content = Assert.Single(uploads, one => one.Item1.Method == "POST");
        Assert.Equal("/shacache", content.Request.Target);
        Assert.True(content.Body.AsSpan().SequenceEqual(Content), "Other bytes arrived.");
        (ScriptedRequest Request, byte[] Body) entry = uploads.Last();
        Assert.Equal(("PUT", "/shadir/pypi%3Aa%3D1"), (entry.Request.Method, entry.Request.Target));
        Assert.True(EntryDocument.TryParsePair(entry.Body, out SignedEntry? sent, out string? problem), problem);
        Assert.Equal(Entry, sent);
        Assert.All(received, one => Assert.Equal("Bearer secret", one.Request.Headers["Authorization"]));
    }

    [Fact]
    public async Task Put_ToTwoServersInARow_IsListedAtTheSecond()
    {
        await using TestServer second = await TestServer.StartAsync();
        await using TestServer first = await StartAsync(Upstream(new Uri(second.Url, "/shacache"), new Uri(second.Url, "/shadir")));

        await PostAsync(first);
        await PutEntryAsync(first);
        await Eventually.IsTrueAsync(async () => (await first.Forwards.CountAsync(Token)).Waiting == 0);

        Assert.Equal([Entry], (await second.Entries.ListAsync(EntryKey.Create("pypi:a=1"), Token)).Select(stored => stored.Entry));
        Assert.True((await second.Client.GetByteArrayAsync($"/shacache/{Digest.Compute(Content)}", Token)).AsSpan().SequenceEqual(Content), "Other bytes arrived.");
    }

    [Fact]
    public async Task Put_TwoServersSendToEachOther_EndsThere()
    {
        await using var front = new PortReservation();
        await using TestServer one = await StartAsync(Upstream(new Uri($"{front.Url}shacache"), new Uri($"{front.Url}shadir")));
        await using TestServer two = await StartAsync(Upstream(new Uri(one.Url, "/shacache"), new Uri(one.Url, "/shadir")));
        front.RelayTo(two.Url);

        await PostAsync(one);
        await PutEntryAsync(one);

        await Eventually.IsTrueAsync(async () =>
            (await one.Forwards.CountAsync(Token)).Waiting + (await two.Forwards.CountAsync(Token)).Waiting == 0 &&
            (await two.Entries.ListAsync(EntryKey.Create("pypi:a=1"), Token)).Count == 1);
    }

    [Fact]
    public async Task Put_NobodyIsToGetIt_StaysHere()
    {
        await using var upstream = new ScriptedUpstream(exchange => exchange.AnswerAsync(404));
        await using TestServer server = await ProximitySite.StartAsync(upstream);

        await PostAsync(server);
        await PutEntryAsync(server);

        Assert.Equal(default, await server.Forwards.CountAsync(Token));
        Assert.Empty(upstream.Requests);
    }

    [Theory]
    [InlineData(503)]
    [InlineData(500)]
    [InlineData(0)]
    public async Task Put_UpstreamFailsAtFirst_IsSentAgain(int status)
    {
        var received = new ConcurrentQueue<(ScriptedRequest Request, byte[] Body)>();
        await using var upstream = new ScriptedUpstream(async exchange =>
        {
            if (exchange.Request.Number > 2)
                await AcceptAsync(exchange, received);
            else if (status == 0)
                exchange.Reset();
            else if (exchange.Request.Method == "HEAD")
                await exchange.AnswerAsync(404);
            else
                await AnswerBodyAsync(exchange, status);
        });
        await using TestServer server = await StartAsync(upstream);

        await PostAsync(server);
        await PutEntryAsync(server);
        await Eventually.IsTrueAsync(async () => (await server.Forwards.CountAsync(Token)).Waiting == 0);

        Assert.Equal(["POST", "PUT"], received.Where(one => one.Request.Method != "HEAD").Select(one => one.Request.Method));
        Assert.Equal(default, await server.Forwards.CountAsync(Token));
    }

    [Theory]
    [InlineData(417)]
    [InlineData(0)]
    public async Task Put_UpstreamCannotBeAskedFirst_IsSentWithoutAsking(int status)
    {
        var received = new ConcurrentQueue<(ScriptedRequest Request, byte[] Body)>();
        await using var upstream = new ScriptedUpstream(exchange =>
        {
            if (!exchange.Request.Headers.ContainsKey("Expect"))
                return AcceptAsync(exchange, received);
            if (status != 0)
                return exchange.AnswerAsync(status);
            exchange.Reset();
            return Task.CompletedTask;
        });
        await using TestServer server = await StartAsync(upstream);

        await PostAsync(server);
        await Eventually.IsTrueAsync(async () => (await server.Forwards.CountAsync(Token)).Waiting == 0);

        Assert.Equal(default, await server.Forwards.CountAsync(Token));
        Assert.True(Assert.Single(received, one => one.Request.Method == "POST").Body.AsSpan().SequenceEqual(Content), "Other bytes arrived.");
        Assert.Equal(2, upstream.Requests.Count(request => request.Method == "POST"));
    }

    [Fact]
    public async Task Put_UpstreamRefuses_IsShownWithItsWords_AndSentAgainOnlyWhenTold()
    {
        var received = new ConcurrentQueue<(ScriptedRequest Request, byte[] Body)>();
        bool isWilling = false;
        var bothAreQueued = new TaskCompletionSource();
        await using var upstream = new ScriptedUpstream(async exchange =>
        {
            await bothAreQueued.Task.WaitAsync(ListingSite.Patience, Token);
            if (isWilling)
                await AcceptAsync(exchange, received);
            else if (exchange.Request.Method == "HEAD")
                await exchange.AnswerAsync(404);
            else
                await AnswerBodyAsync(exchange, 403, "This account may not upload.\nReally.");
        });
        await using TestServer server = await StartAsync(upstream);

        await PostAsync(server);
        await PutEntryAsync(server);
        bothAreQueued.SetResult();
        await Eventually.IsTrueAsync(async () => await server.Forwards.CountAsync(Token) == new ForwardTotals(0, 2));
        ForwardReportDocument report = JsonSerializer.Deserialize(await server.Client.GetStringAsync("/mirror/queue", Token), MirrorDocuments.Default.ForwardReportDocument)!;
        int requests = upstream.Requests.Count;

        Assert.Equal((0, 2), (report.Waiting, report.Refused));
        Assert.Equal((null, "pypi:a=1"), (report.Items[0].Key, report.Items[1].Key));
        Assert.Equal("The upstream upstream-0 answered 403: This account may not upload.", report.Items[0].Problem);
        Assert.All(report.Items, item => Assert.Equal((Digest.Compute(Content).ToString(), null), (item.Sha512, item.DueAt)));

        isWilling = true;
        using HttpResponseMessage retried = await server.Client.PostAsync("/mirror/queue/retry", null, Token);
        Assert.Equal("{\"count\":2}", await retried.Content.ReadAsStringAsync(Token));
        await Eventually.IsTrueAsync(async () => await server.Forwards.CountAsync(Token) == default);
        Assert.Equal(["HEAD", "POST", "PUT"], upstream.Requests.Skip(requests).Select(request => request.Method));
    }

    [Fact]
    public async Task Put_UpstreamHasTheContent_OnlyTheEntryIsSent()
    {
        await using var upstream = new ScriptedUpstream(async exchange =>
        {
            await exchange.ReadBodyAsync();
            await exchange.AnswerAsync(exchange.Request.Method == "HEAD" ? 200 : 201);
        });
        await using TestServer server = await StartAsync(upstream);

        await PostAsync(server);
        await PutEntryAsync(server);
        await Eventually.IsTrueAsync(async () => (await server.Forwards.CountAsync(Token)).Waiting == 0);

        Assert.DoesNotContain(upstream.Requests, request => request.Method == "POST");
        Assert.Single(upstream.Requests, request => request.Method == "PUT");
    }

    private static Task<TestServer> StartAsync(ScriptedUpstream upstream) => StartAsync(Upstream(upstream.CacheUrl, upstream.DirectoryUrl));

    private static Task<TestServer> StartAsync(UpstreamOptions upstream) => ProximitySite.StartAsync(new ProximityOptions { Upstreams = [upstream] });

    private static UpstreamOptions Upstream(Uri cache, Uri directory) => new()
    {
        Name = "upstream-0",
        CacheUrl = cache,
        DirectoryUrl = directory,
        IsForwardedTo = true,
        Authorization = new AuthenticationHeaderValue("Bearer", "secret"),
    };

    private static async Task PostAsync(TestServer server)
    {
        using HttpResponseMessage answer = await server.Client.PostAsync("/shacache", new ByteArrayContent(Content), Token);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    private static async Task PutEntryAsync(TestServer server)
    {
        var body = new System.Buffers.ArrayBufferWriter<byte>();
        EntryDocument.WritePair(body, Entry);
        using HttpResponseMessage answer = await server.Client.PutAsync("/shadir/pypi:a=1", new ReadOnlyMemoryContent(body.WrittenMemory), Token);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    /// <summary>As a cache does that has nothing yet.</summary>
    private static async Task AcceptAsync(ScriptedExchange exchange, ConcurrentQueue<(ScriptedRequest Request, byte[] Body)> received)
    {
        byte[] body = await exchange.ReadBodyAsync();
        received.Enqueue((exchange.Request, body));
        bool isStored = exchange.Request.Method == "HEAD" && received.Any(one => one.Request.Method == "POST");
        if (exchange.Request.Method == "POST")
            await exchange.SendAsync($"HTTP/1.1 201 Created\r\nContent-Length: 128\r\n\r\n{Digest.Compute(body)}");
        else
            await exchange.AnswerAsync(exchange.Request.Method == "PUT" ? 201 : isStored ? 200 : 404);
    }

    private static async Task AnswerBodyAsync(ScriptedExchange exchange, int status, string text = "No.\n")
    {
        await exchange.ReadBodyAsync();
        await exchange.SendAsync($"HTTP/1.1 {status} Scripted\r\nContent-Length: {Encoding.UTF8.GetByteCount(text)}\r\n\r\n{text}");
    }
}
