using System.Net;
using System.Text.Json;
using Shacache.Core.Accounts;
using Shacache.Core.Entries;
using Shacache.Core.Upstreams;
using Shacache.Http.Entries;
using Shacache.Http.Tests.Accounts;
using Shacache.Http.Tests.Upstreams;
using Shacache.Testing.Upstreams;
using static Shacache.Http.Tests.Upstreams.Entries.ListingSite;

namespace Shacache.Http.Tests.Entries;

/// <summary>GET /mirror/keys, and the same at the URL of the directory.</summary>
public sealed class KeyListingTests
{
    private const string Path = "/mirror/keys";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/mirror/keys", "127.0.0.1")]
    [InlineData("/shadir?prefix=", "127.0.0.1")]
    [InlineData("/shadir/?prefix=", "127.0.0.1")]
    [InlineData("/shacache/dir/?prefix=", "127.0.0.1")]
    [InlineData("/?prefix=", "shadir.example.org")]
    public async Task Get_WhereverTheDirectoryIs_ListsWhatIsHereAndWhatUpstreamsListed(string path, string host)
    {
        await using TestServer server = await TestServer.StartAsync(new CacheServerOptions { DirectoryHosts = ["shadir.example.org"] });
        foreach (string key in new[] { "é %2F", "a", "shacache-gateway:x", "both" })
            await server.Entries.AddAsync(EntryKey.Create(key), Entry(1), Token);
        await KnowAsync(server, "both", "b", "日本😀");

        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Host = host;
        using HttpResponseMessage answer = await server.Client.SendAsync(request, Token);

        KeyPageDocument page = await ReadAsync(answer);
        Assert.Equal(["a", "b", "both", "é %2F", "日本😀"], page.Keys);
        Assert.Null(page.Next);
        Assert.Equal("no-store", Header(answer, "Cache-Control"));
    }

    [Fact]
    public async Task Get_PageByPage_GivesEveryKeyOnce()
    {
        await using TestServer server = await TestServer.StartAsync();
        string[] keys = [.. Enumerable.Range(0, 25).Select(i => $"k{i:00} &+é")];
        foreach (string key in keys.Where((_, i) => i % 3 > 0))
            await server.Entries.AddAsync(EntryKey.Create(key), Entry(1), Token);
        await KnowAsync(server, [.. keys.Where((_, i) => i % 3 != 1), "other"]);

        List<string> found = [];
        string? after = "";
        while (after is not null)
        {
            KeyPageDocument page = await GetAsync(server, $"?limit=4&prefix=k{(after.Length > 0 ? $"&after={Uri.EscapeDataString(after)}" : "")}");
            Assert.InRange(page.Keys.Count, 0, 4);
            found.AddRange(page.Keys);
            after = page.Next;
        }

        Assert.Equal(keys, found);
    }

    [Theory]
    [InlineData("?limit=0", "1 to 1000")]
    [InlineData("?limit=1001", "1 to 1000")]
    [InlineData("?limit=1&limit=2", "more than once")]
    [InlineData("?since=yesterday", "no time")]
    [InlineData("?after=a%2Fb", "slash")]
    [InlineData("?prefix=a%0Ab", "control character")]
    [InlineData("?upstream=", "empty")]
    [InlineData("?order=newest", "prefix, since, after, limit and upstream")]
    [InlineData("?x%0D%0AEvil:%20x=1", "prefix, since, after, limit and upstream")]
    public async Task Get_BadQuery_IsOneLine(string query, string line)
    {
        await using TestServer server = await TestServer.StartAsync();

        using HttpResponseMessage answer = await server.Client.GetAsync(Path + query, Token);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        await ErrorLine.AssertAsync(answer, line);
    }

    [Fact]
    public async Task Get_DirectoryWithoutAskingForKeys_IsTheEmptyKeyAsEver()
    {
        await using TestServer server = await TestServer.StartAsync();

        using HttpResponseMessage answer = await server.Client.GetAsync("/shadir/?since=2026-01-01", Token);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        await ErrorLine.AssertAsync(answer, "key is empty");
    }

    [Fact]
    public async Task Get_Upstream_IsAskedInTheServersName()
    {
        await using TestServer behind = await TestServer.StartAsync();
        foreach (string key in new[] { "p:é %2F", "p:a&b", "q" })
            await behind.Entries.AddAsync(EntryKey.Create(key), Entry(1), Token);
        await using TestServer server = await StartAsync(null, ProximitySite.Upstream(new Uri(behind.Url, "shacache"), new Uri(behind.Url, "shadir")));
        await server.Entries.AddAsync(EntryKey.Create("p:own"), Entry(1), Token);

        KeyPageDocument first = await GetAsync(server, "?prefix=p:&limit=1&upstream=*");
        KeyPageDocument second = await GetAsync(server, $"?prefix=p:&upstream=upstream-0&after={Uri.EscapeDataString(first.Next!)}");

        Assert.Equal(["p:a&b"], first.Keys);
        Assert.Equal(["p:é %2F"], second.Keys);
        Assert.Null(second.Next);
        Assert.Empty((await GetAsync(server, $"?upstream=*&since={Uri.EscapeDataString(DateTimeOffset.UtcNow.AddMinutes(1).ToString("O"))}")).Keys);
        using HttpResponseMessage unknown = await server.Client.GetAsync($"{Path}?upstream=other", Token);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        await ErrorLine.AssertAsync(unknown, "upstream-0");
    }

    [Theory]
    [InlineData(404, "")]
    [InlineData(400, "")]
    [InlineData(401, "")]
    [InlineData(403, "")]
    [InlineData(200, "<html>")]
    [InlineData(200, "[]")]
    [InlineData(200, "{}")]
    [InlineData(200, """{"keys": ["b", "a"]}""")]
    [InlineData(200, """{"keys": ["a", "a"]}""")]
    [InlineData(200, """{"keys": [null]}""")]
    [InlineData(200, """{"keys": ["a/b"]}""")]
    [InlineData(200, """{"keys": ["\ud800"]}""")]
    [InlineData(200, """{"keys": [], "next": ""}""")]
    [InlineData(200, """{"keys": ["b"], "next": "a"}""")]
    public async Task Get_UpstreamThatDoesNotList_SaysWhatToDo(int status, string body)
    {
        await using var upstream = new ScriptedUpstream(exchange => status == 200 ? exchange.AnswerAsync(body) : exchange.AnswerAsync(status));
        await using TestServer server = await StartAsync(upstream);

        using HttpResponseMessage answer = await server.Client.GetAsync($"{Path}?upstream=*", Token);

        Assert.Equal(HttpStatusCode.NotImplemented, answer.StatusCode);
        await ErrorLine.AssertAsync(answer, "--keys FILE");
        Assert.StartsWith("/shadir/?prefix=&limit=1000", Assert.Single(upstream.Requests).Target);
    }

    [Fact]
    public async Task Get_UpstreamThatRepeatsAPage_IsNotAskedForEver()
    {
        await using var upstream = new ScriptedUpstream(exchange => exchange.AnswerAsync("""{"keys": ["a"], "next": "a"}"""));
        await using TestServer server = await StartAsync(upstream);

        Assert.Equal("a", (await GetAsync(server, "?upstream=*")).Next);
        using HttpResponseMessage second = await server.Client.GetAsync($"{Path}?upstream=*&after=a", Token);

        Assert.Equal(HttpStatusCode.NotImplemented, second.StatusCode);
    }

    [Fact]
    public async Task Get_OneOfTwoUpstreamsDoesNotList_GivesTheOthersKeysAndSaysSo()
    {
        await using var silent = new ScriptedUpstream(exchange => exchange.AnswerAsync(404));
        await using var good = new ScriptedUpstream(exchange => exchange.AnswerAsync("""{"keys": ["a"]}"""));
        await using TestServer server = await StartAsync(silent, good);

        KeyPageDocument page = await GetAsync(server, "?upstream=*");

        Assert.Equal(["a"], page.Keys);
        Assert.Contains("upstream-0", Assert.Single(page.Problems!), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_NoUpstreams_SaysSo()
    {
        await using TestServer server = await TestServer.StartAsync();

        using HttpResponseMessage answer = await server.Client.GetAsync($"{Path}?upstream=*", Token);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        await ErrorLine.AssertAsync(answer, "no upstreams");
    }

    [Theory]
    [InlineData(KeyListingAudience.Administrators, 401, 403, 200)]
    [InlineData(KeyListingAudience.Accounts, 401, 200, 200)]
    [InlineData(KeyListingAudience.Anyone, 200, 200, 200)]
    public async Task Get_WithAccounts_IsForThoseWhomTheSettingNames(KeyListingAudience audience, int stranger, int uploader, int administrator)
    {
        await using AccountSite site = await AccountSite.StartAsync(cache: new CacheServerOptions { KeyListing = audience });
        using HttpClient anonymous = site.NewClient();
        using HttpClient account = site.NewClient(header: AccountSite.Bearer(await site.AddTokenAsync("uploader", AccountRights.Uploader)));
        using HttpClient boss = site.NewClient(header: AccountSite.Bearer(await site.AddTokenAsync("boss", new AccountRights { MayAdminister = true })));
        using HttpClient onSocket = site.NewOperator();

        foreach (string path in new[] { Path, "/shadir/?prefix=" })
            Assert.Equal((int[])[stranger, uploader, administrator, 200], await StatusesAsync(path, anonymous, account, boss, onSocket));

        // Upstreams see this server's own credentials.
        Assert.Equal((int[])[401, 403, 404, 404], await StatusesAsync($"{Path}?upstream=*", anonymous, account, boss, onSocket));
    }

    [Theory]
    [InlineData(KeyListingAudience.Administrators, HttpStatusCode.Forbidden)]
    [InlineData(KeyListingAudience.Accounts, HttpStatusCode.Forbidden)]
    [InlineData(KeyListingAudience.Anyone, HttpStatusCode.OK)]
    public async Task Get_WithoutAccounts_IsForThisMachineOrForAnyone(KeyListingAudience audience, HttpStatusCode elsewhere)
    {
        await using AccountSite site = await AccountSite.StartAsync(cache: new CacheServerOptions { KeyListing = audience }, withAuthority: false);
        using HttpClient far = site.NewClient(url: site.FarUrl);

        Assert.Equal((int[])[200, (int)elsewhere], await StatusesAsync("/shadir?prefix=", site.Server.Client, far));
    }

    private static async Task<int[]> StatusesAsync(string path, params HttpClient[] clients)
    {
        List<int> statuses = [];
        foreach (HttpClient client in clients)
        {
            using HttpResponseMessage answer = await client.GetAsync(path, Token);
            statuses.Add((int)answer.StatusCode);
        }

        return [.. statuses];
    }

    private static async Task<KeyPageDocument> GetAsync(TestServer server, string query)
    {
        using HttpResponseMessage answer = await server.Client.GetAsync(Path + query, Token);
        return await ReadAsync(answer);
    }

    private static async Task<KeyPageDocument> ReadAsync(HttpResponseMessage answer)
    {
        string body = await answer.Content.ReadAsStringAsync(Token);
        Assert.True(answer.IsSuccessStatusCode, body);
        return JsonSerializer.Deserialize(body, MirrorDocuments.Default.KeyPageDocument)!;
    }

    private static async Task KnowAsync(TestServer server, params string[] keys)
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        foreach (string key in keys)
            await server.UpstreamListings.ReplaceAsync(new UpstreamListing(EntryKey.Create(key), [Entry(2)], "upstream-0", now, TimeSpan.Zero, now), Token);
    }
}
