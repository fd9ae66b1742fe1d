using System.Net;
using System.Text.Json;
using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Http.Tests.Accounts;
using Shacache.Http.Tests.Upstreams.Entries;
using Shacache.Testing;
using Shacache.Testing.Entries;
using Shacache.Testing.Upstreams;
using static Shacache.Http.Tests.Upstreams.Entries.ListingSite;

namespace Shacache.Http.Tests.Upstreams.Mirror;

/// <summary>POST /shacache/update.</summary>
public sealed class RefreshTests
{
    private const string Path = "/shacache/update";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/shacache/update")]
    [InlineData("/mirror/update")]
    public async Task Post_SomeChangedSomeAreGone_SaysWhich_AndLeavesWhatWasPutHere(string path)
    {
        await using var upstream = new ScriptedUpstream(exchange => exchange.Request.Target switch
        {
            "/shadir/same" => exchange.AnswerAsync(Entry(1)),
            "/shadir/other%22" => exchange.AnswerAsync(Entry(2)),
            "/shadir/fails" => exchange.AnswerAsync(500),
            _ => exchange.AnswerAsync(404),
        });
        await using TestServer server = await StartAsync(upstream);
        foreach (string key in new[] { "same", "other\"", "gone", "gone-but-here", "fails" })
            await KnowAsync(server, key, Entry(1));
        await server.Entries.AddAsync(EntryKey.Create("gone-but-here"), Entry(3), Token);
        await server.Entries.AddAsync(EntryKey.Create("only-here"), Entry(3), Token);

        using HttpResponseMessage answer = await server.Client.PostAsync(path, null, Token);

        Assert.Equal("application/json", answer.Content.Headers.ContentType!.ToString());
        RefreshDocument done = await ReadAsync(answer);
        Assert.Equal(["gone", "gone-but-here"], done.Removed.Order());
        Assert.Equal(["other\""], done.Updated);
        Assert.Equal([Entry(1)], await ListAsync(server, "same"));
        Assert.Equal([Entry(2)], await ListAsync(server, "other%22"));
        Assert.Equal([Entry(3)], await ListAsync(server, "gone-but-here"));
        Assert.Equal([Entry(3)], await ListAsync(server, "only-here"));
        Assert.Equal([Entry(1)], await ListAsync(server, "fails"));
        using HttpResponseMessage gone = await server.Client.GetAsync("/shadir/gone", Token);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public async Task Post_UpstreamCannotBeReached_ChangesNothing()
    {
        using var closed = new ClosedPort();
        await using TestServer server = await StartAsync(null, ProximitySite.Upstream(closed.Url, closed.Url));
        for (int i = 0; i < 20; i++)
            await KnowAsync(server, $"key-{i}", Entry(1));

        using HttpResponseMessage answer = await server.Client.PostAsync(Path, null, Token);

        Assert.Equal("{\"removed\": [], \"updated\": []}\n", await answer.Content.ReadAsStringAsync(Token));
        Assert.Equal([Entry(1)], await ListAsync(server, "key-0"));
    }

    [Fact]
    public async Task Post_ManyKeys_AreAllNamed()
    {
        await using var upstream = new ScriptedUpstream(exchange =>
            exchange.Request.Target.EndsWith('0') ? exchange.AnswerAsync(404) : exchange.AnswerAsync(Entry(2)));
        await using TestServer server = await StartAsync(upstream);
        string[] keys = [.. Enumerable.Range(0, 600).Select(i => $"key-{i}")];
        await Task.WhenAll(keys.Select(key => KnowAsync(server, key, Entry(1))));

        using HttpResponseMessage answer = await server.Client.PostAsync(Path, null, Token);

        RefreshDocument done = await ReadAsync(answer);
        Assert.Equal(keys.Where(key => key.EndsWith('0')).Order(), done.Removed.Order());
        Assert.Equal(keys.Where(key => !key.EndsWith('0')).Order(), done.Updated.Order());
    }

    [Fact]
    public async Task Post_WhileAnotherOneRuns_IsRefused_AndTheFirstGoesOn()
    {
        var goOn = new TaskCompletionSource();
        await using var upstream = new ScriptedUpstream(async exchange =>
        {
            await goOn.Task.WaitAsync(Patience, Token);
            await exchange.AnswerAsync(404);
        });
        await using TestServer server = await StartAsync(upstream);
        await KnowAsync(server, "key", Entry(1));

        Task<HttpResponseMessage> first = server.Client.PostAsync(Path, null, Token);
        while (upstream.Requests.IsEmpty)
            await Task.Delay(5, Token);
        using HttpResponseMessage second = await server.Client.PostAsync(Path, null, Token);
        goOn.SetResult();
        using HttpResponseMessage done = await first;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, second.StatusCode);
        await ErrorLine.AssertAsync(second, "refresh");
        Assert.Equal(["key"], (await ReadAsync(done)).Removed);
    }

    [Fact]
    public async Task Post_NoUpstreams_DropsEntriesWhoseContentIsNotHere()
    {
        await using TestServer server = await TestServer.StartAsync();
        using HttpResponseMessage put = await server.Client.PostAsync("/shacache", new ByteArrayContent([7]), Token);
        SignedEntry whole = EntryGenerators.Entry($$"""{"sha512": "{{Digest.Compute([7])}}"}""", "");
        await KnowAsync(server, "both", Entry(1), whole);
        await KnowAsync(server, "none", Entry(1));
        await KnowAsync(server, "whole", whole);
        await server.Entries.AddAsync(EntryKey.Create("here"), Entry(1), Token);

        using HttpResponseMessage answer = await server.Client.PostAsync(Path, null, Token);

        RefreshDocument done = await ReadAsync(answer);
        Assert.Equal(["none", "here"], done.Removed);
        Assert.Equal(["both"], done.Updated);
        Assert.Equal([whole], await ListAsync(server, "both"));
        Assert.Equal([whole], await ListAsync(server, "whole"));
        Assert.Empty(await server.Entries.ListAsync(EntryKey.Create("here"), Token));
    }

    [Theory]
    [InlineData("GET", Path, HttpStatusCode.MethodNotAllowed)]
    [InlineData("POST", "/mirror/queue", HttpStatusCode.MethodNotAllowed)]
    [InlineData("GET", "/mirror", HttpStatusCode.NotFound)]
    [InlineData("GET", "/mirror/other", HttpStatusCode.NotFound)]
    public async Task Request_WrongMethodOrPath_IsOneLine(string method, string path, HttpStatusCode expected)
    {
        await using TestServer server = await TestServer.StartAsync();

        using HttpResponseMessage answer = await server.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path), Token);

        Assert.Equal(expected, answer.StatusCode);
        await ErrorLine.AssertAsync(answer, "path");
    }

    [Fact]
    public async Task Post_WithoutAccounts_IsAcceptedFromThisMachineOnly_AndFromNoWebPage()
    {
        await using AccountSite site = await AccountSite.StartAsync(withAuthority: false);
        using HttpClient far = site.NewClient(url: site.FarUrl);
        using var fromPage = new HttpRequestMessage(HttpMethod.Post, Path);
        fromPage.Headers.Add("Origin", "https://page.example");

        using HttpResponseMessage near = await site.Server.Client.PostAsync(Path, null, Token);
        using HttpResponseMessage elsewhere = await far.PostAsync(Path, null, Token);
        using HttpResponseMessage page = await site.Server.Client.SendAsync(fromPage, Token);

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Forbidden, HttpStatusCode.Forbidden], [near.StatusCode, elsewhere.StatusCode, page.StatusCode]);
        await ErrorLine.AssertAsync(elsewhere, "machine");
    }

    [Fact]
    public async Task Post_WithAccounts_NeedsOneThatMayAdminister()
    {
        await using AccountSite site = await AccountSite.StartAsync();
        using HttpClient stranger = site.NewClient();
        using HttpClient uploader = site.NewClient(header: AccountSite.Bearer(await site.AddTokenAsync("uploader", AccountRights.Uploader)));
        using HttpClient administrator = site.NewClient(
            header: AccountSite.Bearer(await site.AddTokenAsync("boss", new AccountRights { MayAdminister = true, IndexPrefixes = [] })));

        foreach (string path in new[] { Path, "/mirror/queue/retry", "/mirror/queue/drop" })
        {
            using HttpResponseMessage unknown = await stranger.PostAsync(path, null, Token);
            using HttpResponseMessage refused = await uploader.PostAsync(path, null, Token);
            using HttpResponseMessage accepted = await administrator.PostAsync(path, null, Token);
            Assert.Equal([HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden, HttpStatusCode.OK], [unknown.StatusCode, refused.StatusCode, accepted.StatusCode]);
        }

        using HttpResponseMessage queue = await stranger.GetAsync("/mirror/queue", Token);
        Assert.Equal(HttpStatusCode.Unauthorized, queue.StatusCode);
        using HttpClient onSocket = site.NewOperator();
        using HttpResponseMessage asOperator = await onSocket.GetAsync("/mirror/queue", Token);
        Assert.Equal(HttpStatusCode.OK, asOperator.StatusCode);
    }

    private static async Task<RefreshDocument> ReadAsync(HttpResponseMessage answer) =>
        JsonSerializer.Deserialize(await answer.Content.ReadAsStringAsync(Token), MirrorDocuments.Default.RefreshDocument)!;

    private static async Task<IReadOnlyList<SignedEntry>> ListAsync(TestServer server, string key)
    {
        using HttpResponseMessage answer = await server.Client.GetAsync($"/shadir/{key}", Token);
        return await ListingSite.ReadAsync(answer);
    }

    private static async Task KnowAsync(TestServer server, string key, params SignedEntry[] entries)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        await server.UpstreamListings.ReplaceAsync(new UpstreamListing(EntryKey.Create(key), entries, "upstream-0", now, TimeSpan.Zero, now), Token);
    }
}
