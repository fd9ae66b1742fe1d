using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Testing.Entries;
using Shacache.Testing.Upstreams;
using static Shacache.Http.Tests.Upstreams.Entries.ListingSite;

namespace Shacache.Http.Tests.Upstreams.Mirror;

/// <summary>POST /mirror/pull/key and /mirror/pull/object.</summary>
public sealed class PullTests
{
    private static readonly byte[] Content = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 7))];
    private static readonly Digest Name = Digest.Compute(Content);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task PullKey_UpstreamListsIt_KeepsTheEntriesAndNamesTheirContent()
    {
        SignedEntry entry = EntryOf(Content);
        await using var upstream = new ScriptedUpstream(exchange => exchange.Request.Target switch
        {
            "/shadir/a%20%C3%A9%252F%26" => exchange.AnswerAsync(entry, Entry(1)),
            _ => exchange.AnswerAsync(404),
        });
        await using TestServer server = await StartAsync(upstream);
        using HttpResponseMessage put = await server.Client.PostAsync("/shacache", new ByteArrayContent([1]), Token);

        PulledKeyDocument first = await PullKeyAsync(server, "a é%2F&");
        PulledKeyDocument second = await PullKeyAsync(server, "a é%2F&");
        PulledKeyDocument other = await PullKeyAsync(server, "other");

        Assert.Equal((PullOutcome.Pulled, null, 2), (first.Outcome, first.Problem, first.Entries));
        Assert.Equal([new PulledKeyObject(Name.ToString(), false), new PulledKeyObject(Digest.Compute([1]).ToString(), true)], first.Objects);
        Assert.Equal(PullOutcome.Here, second.Outcome);
        Assert.Equal(PullOutcome.Missing, other.Outcome);
        Assert.Equal([entry, Entry(1)], (await server.UpstreamListings.FindAsync(EntryKey.Create("a é%2F&"), Token))!.Entries);
    }

    /// <summary>A mirror without them would have a release that can be moved nowhere.</summary>
    [Fact]
    public async Task PullKey_EntryOfARelease_NamesItsDocuments()
    {
        Digest map = Digest.Compute([7]), requirements = Digest.Compute([8]);
        SignedEntry entry = EntryGenerators.Entry($$"""{"sha512": "{{Name}}", "relocation_map": "{{map}}", "requirements": "{{requirements}}"}""", "");
        await using var upstream = new ScriptedUpstream(exchange => exchange.AnswerAsync(entry));
        await using TestServer server = await StartAsync(upstream);

        PulledKeyDocument pulled = await PullKeyAsync(server, "release");

        Assert.Equal([Name.ToString(), map.ToString(), requirements.ToString()], pulled.Objects.Select(one => one.Sha512));
    }

    [Fact]
    public async Task PullKey_UpstreamFails_SaysSoAndNamesWhatIsKnown()
    {
        await using var upstream = new ScriptedUpstream(exchange => exchange.AnswerAsync(500));
        await using TestServer server = await StartAsync(upstream);
        await KnowAsync(server, TimeSpan.FromDays(1), Entry(1));

        PulledKeyDocument done = await PullKeyAsync(server, Key.Value);

        Assert.Equal((PullOutcome.Failed, true, 1), (done.Outcome, done.MayPass, done.Objects.Count));
        Assert.Contains("upstream-0 answered 500", done.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PullObject_UpstreamHasIt_IsTransferredOnce()
    {
        await using var upstream = ScriptedUpstream.Serving(Content);
        await using TestServer server = await StartAsync(upstream);

        PulledObjectDocument[] done = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => PullObjectAsync(server, Name)));
        PulledObjectDocument missing = await PullObjectAsync(server, Digest.Compute([9]));

        Assert.All(done, one => Assert.Equal(Content.Length, one.Bytes));
        Assert.Single(done, one => one.Outcome == PullOutcome.Pulled);
        Assert.Equal(7, done.Count(one => one.Outcome == PullOutcome.Here));
        Assert.Single(upstream.Requests, request => request.Target.EndsWith(Name.ToString(), StringComparison.Ordinal));
        Assert.Equal((PullOutcome.Missing, false), (missing.Outcome, missing.MayPass));
    }

    [Fact]
    public async Task PullObject_StoredRightBehindTheLook_WasHere()
    {
        await using var upstream = ScriptedUpstream.Serving(Content);
        await using TestServer server = await TestServer.StartAsync(
            new CacheServerOptions { Proximity = ProximitySite.Options(upstream) }, blobs: inner => new LateBlobStore(inner));
        await server.Blobs.StoreAsync(Name, Content, Token);

        PulledObjectDocument done = await PullObjectAsync(server, Name);

        Assert.Equal((PullOutcome.Here, Content.Length), (done.Outcome, done.Bytes));
        Assert.Empty(upstream.Requests);
    }

    [Fact]
    public async Task PullObject_UpstreamLies_FailsAndStoresNothing()
    {
        await using var upstream = new ScriptedUpstream(exchange => exchange.ServeAsync(new byte[Content.Length]));
        await using TestServer server = await StartAsync(upstream);

        PulledObjectDocument done = await PullObjectAsync(server, Name);

        Assert.Equal((PullOutcome.Failed, false, 0), (done.Outcome, done.MayPass, done.Bytes));
        Assert.Contains("another digest", done.Problem, StringComparison.Ordinal);
        Assert.Null(await server.Blobs.OpenAsync(Name, Token));
    }

    [Fact]
    public async Task PullObject_FirstUpstreamLies_IsTakenFromTheSecond()
    {
        await using var liar = new ScriptedUpstream(exchange => exchange.ServeAsync(new byte[Content.Length]));
        await using var honest = ScriptedUpstream.Serving(Content);
        await using TestServer server = await StartAsync(liar, honest);

        PulledObjectDocument done = await PullObjectAsync(server, Name);

        Assert.Equal((null, Content.Length), (done.Problem, done.Bytes));
    }

    [Fact]
    public async Task PullObject_UpstreamDiesInTheMiddleEachTime_FailsForNow()
    {
        await using var upstream = new ScriptedUpstream(async exchange =>
        {
            long offset = exchange.Request.RangeStart ?? 0;
            await exchange.SendHeadAsync(Content.Length, offset);
            exchange.Reset();
        });
        await using TestServer server = await StartAsync(upstream);

        PulledObjectDocument done = await PullObjectAsync(server, Name);

        Assert.Equal((PullOutcome.Failed, true), (done.Outcome, done.MayPass));
        Assert.Null(await server.Blobs.OpenAsync(Name, Token));
    }

    [Fact]
    public async Task PullObject_TakesLong_IsKeptAlive()
    {
        var goOn = new TaskCompletionSource();
        await using var upstream = new ScriptedUpstream(async exchange =>
        {
            await goOn.Task.WaitAsync(Patience, Token);
            await exchange.ServeAsync(Content);
        });
        await using TestServer server = await StartAsync(upstream);
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/mirror/pull/object?sha512={Name}");

        // The head of the answer comes with the first line feed.
        using HttpResponseMessage answer = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
        goOn.SetResult();

        string body = await answer.Content.ReadAsStringAsync(Token);
        Assert.StartsWith("\n", body);
        Assert.Equal(PullOutcome.Pulled, JsonSerializer.Deserialize(body, MirrorDocuments.Default.PulledObjectDocument)!.Outcome);
    }

    [Theory]
    [InlineData("/mirror/pull/key", HttpStatusCode.BadRequest)]
    [InlineData("/mirror/pull/key?key=a%2Fb", HttpStatusCode.BadRequest)]
    [InlineData("/mirror/pull/key?key=shacache-gateway:x", HttpStatusCode.Forbidden)]
    [InlineData("/mirror/pull/object?sha512=12", HttpStatusCode.BadRequest)]
    [InlineData("/mirror/pull", HttpStatusCode.NotFound)]
    public async Task Pull_BadRequest_IsOneLine(string path, HttpStatusCode expected)
    {
        await using var upstream = new ScriptedUpstream(exchange => exchange.AnswerAsync(404));
        await using TestServer server = await StartAsync(upstream);

        using HttpResponseMessage answer = await server.Client.PostAsync(path, null, Token);

        Assert.Equal(expected, answer.StatusCode);
        await ErrorLine.AssertAsync(answer, "");
        Assert.Empty(upstream.Requests);
    }

    private static SignedEntry EntryOf(byte[] content) => EntryGenerators.Entry($$"""{"sha512": "{{Digest.Compute(content)}}"}""", "");

    private static Task<PulledKeyDocument> PullKeyAsync(TestServer server, string key) =>
        PostAsync(server, $"/mirror/pull/key?key={Uri.EscapeDataString(key)}", MirrorDocuments.Default.PulledKeyDocument);

    private static Task<PulledObjectDocument> PullObjectAsync(TestServer server, Digest digest) =>
        PostAsync(server, $"/mirror/pull/object?sha512={digest}", MirrorDocuments.Default.PulledObjectDocument);

    private static async Task<T> PostAsync<T>(TestServer server, string path, JsonTypeInfo<T> type)
    {
        using HttpResponseMessage answer = await server.Client.PostAsync(path, null, Token);
        string body = await answer.Content.ReadAsStringAsync(Token);
        Assert.True(answer.IsSuccessStatusCode, body);
        return JsonSerializer.Deserialize(body, type)!;
    }
}
