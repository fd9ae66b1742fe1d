using System.Net;
using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Http.Entries;
using Shacache.Http.Pages;
using Shacache.Http.Pages.Markup;
using Shacache.Http.Tests.Accounts;
using Shacache.Http.Tests.Content;
using Shacache.Http.Upstreams;
using Shacache.Testing;
using Shacache.Testing.Blobs;
using Shacache.Testing.Entries;

namespace Shacache.Http.Tests.Pages;

/// <summary>Who sees the pages, and what on them.</summary>
public sealed class PageGateTests
{
    private const string Plain = "A network cache for builds";
    private const string Overview = "<h1>Overview</h1>";
    private static readonly Digest Content = Digest.Compute("content"u8);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Loopback_ByDefault_SeesTheOverview_OthersThePlainPage()
    {
        await using AccountSite site = await AccountSite.StartAsync();
        using HttpClient far = site.NewClient(url: site.FarTlsUrl);

        Assert.Contains(Overview, await GetAsync(site.Server.Client, "/"), StringComparison.Ordinal);
        Assert.Contains(Overview, await GetAsync(site.Server.Client, "/pages/"), StringComparison.Ordinal);
        Assert.Contains(Plain, await GetAsync(far, "/"), StringComparison.Ordinal);
        Assert.Contains("pages = loopback", await GetAsync(far, "/pages/search?q=x", HttpStatusCode.Forbidden), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, PageAudience.Loopback)]
    [InlineData(true, PageAudience.Loopback)]
    [InlineData(false, PageAudience.Anyone)]
    public async Task PageOfAWebSiteWhoseNameLeadsHere_SeesNothing_WithAccountsOrWithout(bool withAccounts, PageAudience audience)
    {
        await using AccountSite site = await AccountSite.StartAsync(cache: Options(audience), withAuthority: withAccounts);
        foreach ((string name, string value) in new[] { ("Host", "evil.example"), ("Origin", "http://evil.example") })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(site.Server.Url, "/"));
            request.Headers.TryAddWithoutValidation(name, value);
            using HttpResponseMessage root = await site.Server.Client.SendAsync(request, Token);
            Assert.Contains(Plain, await root.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);

            using var below = new HttpRequestMessage(HttpMethod.Get, new Uri(site.Server.Url, "/pages/keys"));
            below.Headers.TryAddWithoutValidation(name, value);
            using HttpResponseMessage refused = await site.Server.Client.SendAsync(below, Token);
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        }
    }

    [Fact]
    public async Task Anyone_WithoutTheRightToListKeys_FindsByExactNameAndSeesNoList()
    {
        await using AccountSite site = await AccountSite.StartAsync(cache: Options(PageAudience.Anyone));
        await AddAsync(site.Server, "secret:key");
        using HttpClient far = site.NewClient(url: site.FarTlsUrl);
        string admin = await site.AddTokenAsync("admin", new AccountRights { MayAdminister = true });
        using HttpClient administrator = site.NewClient(url: site.FarTlsUrl, header: AccountSite.Bearer(admin));

        foreach (string path in new[] { "/", "/pages/", "/pages/search?q=secret" })
        {
            Assert.DoesNotContain("secret:key", await GetAsync(far, path), StringComparison.Ordinal);
            Assert.Contains("secret:key", await GetAsync(administrator, path), StringComparison.Ordinal);
        }

        foreach (string path in new[] { "/pages/search?q=secret:key", $"/pages/search?q={Content}", $"/pages/object?sha512={Content}", "/pages/key?key=secret:key" })
            Assert.Contains("secret:key", await GetAsync(far, path), StringComparison.Ordinal);
        foreach (string path in new[] { "/pages/keys?prefix=secret", "/pages/account?name=admin" })
        {
            await GetAsync(far, path, HttpStatusCode.NotFound);
            await GetAsync(administrator, path);
        }

        Assert.Contains("Sign in", await GetAsync(far, "/"), StringComparison.Ordinal);
        await GetAsync(far, "/pages/sign-in", HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task KeyListing_OfAnyone_IsShownToAnyone()
    {
        CacheServerOptions options = Options(PageAudience.Anyone);
        options.KeyListing = KeyListingAudience.Anyone;
        await using AccountSite site = await AccountSite.StartAsync(cache: options);
        await AddAsync(site.Server, "open:key");
        using HttpClient far = site.NewClient(url: site.FarTlsUrl);

        Assert.Contains("open:key", await GetAsync(far, "/"), StringComparison.Ordinal);
        Assert.Contains("open:key", await GetAsync(far, "/pages/keys?prefix=open"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Administrators_SeeThePages_OthersAreAskedOrRefused()
    {
        await using AccountSite site = await AccountSite.StartAsync(cache: Options(PageAudience.Administrators));
        string admin = await site.AddTokenAsync("admin", new AccountRights { MayAdminister = true });
        string other = await site.AddTokenAsync("other", AccountRights.Uploader);
        using HttpClient administrator = site.NewClient(header: AccountSite.Basic("admin", admin));
        using HttpClient uploader = site.NewClient(header: AccountSite.Bearer(other));

        Assert.Contains(Overview, await GetAsync(administrator, "/"), StringComparison.Ordinal);
        Assert.Contains(Overview, await GetAsync(administrator, "/pages/"), StringComparison.Ordinal);
        foreach (HttpClient client in new[] { uploader, site.Server.Client })
            Assert.Contains(Plain, await GetAsync(client, "/"), StringComparison.Ordinal);
        await GetAsync(uploader, "/pages/", HttpStatusCode.Forbidden);
        using HttpResponseMessage asked = await site.Server.Client.GetAsync(new Uri("/pages/", UriKind.Relative), Token);
        Assert.Equal(["Bearer", "Basic"], asked.Headers.WwwAuthenticate.Select(challenge => challenge.Scheme));
    }

    [Fact]
    public async Task Off_ThereAreNoPages()
    {
        await using TestServer server = await TestServer.StartAsync(Options(PageAudience.Off));

        Assert.Contains(Plain, await GetAsync(server.Client, "/"), StringComparison.Ordinal);
        await GetAsync(server.Client, "/pages/", HttpStatusCode.NotFound);
        await GetAsync(server.Client, "/pages/search?q=x", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Pages_HaveAStrictPolicy_AndNoSharedCacheKeepsThem()
    {
        await using TestServer server = await TestServer.StartAsync();
        foreach (string path in new[] { "/", "/pages/search?q=x", "/pages/nowhere" })
        {
            using HttpResponseMessage answer = await server.Client.GetAsync(new Uri(path, UriKind.Relative), Token);
            string policy = answer.Headers.GetValues("Content-Security-Policy").Single();
            Assert.StartsWith("default-src 'none'; style-src 'sha256-", policy, StringComparison.Ordinal);
            Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("script-src", policy, StringComparison.Ordinal);
            Assert.True(answer.Headers.CacheControl is { Private: true, Public: false });
            Assert.Equal(("nosniff", "no-referrer"), (answer.Headers.GetValues("X-Content-Type-Options").Single(), answer.Headers.GetValues("Referrer-Policy").Single()));
        }
    }

    [Fact]
    public async Task Pages_AreNoUseOfContent_AndTellNobodyOfIt()
    {
        var notes = new RecordingBlobNotes();
        await using TestServer server = await TestServer.StartAsync(blobs: files => new IndexedBlobStore(files, notes));
        await AddAsync(server, "key");
        foreach (string path in new[] { "/", "/pages/search?q=key", $"/pages/search?q={Content}", $"/pages/object?sha512={Content}", "/pages/key?key=key" })
            Assert.DoesNotContain("not here", await GetAsync(server.Client, path), StringComparison.Ordinal);

        Assert.DoesNotContain(notes.Notes, note => !note.StartsWith("stored", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("https://example.org/a.tar.gz", "Nothing is listed here for it")]
    [InlineData("https://example.org/b.tar.gz", "Its content is missing")]
    [InlineData("https://example.org/c.tar.gz#fragment", "It is here")]
    [InlineData("http://example.org/c.tar.gz", "It is here under another spelling")]
    [InlineData("https://example.org/d.tar.gz", "No client should take it")]
    [InlineData("00000000000000000000000000000000", "Nothing is listed here for it")]
    public async Task Search_Url_ExplainsWhyItIsHereOrNot(string asked, string reason)
    {
        await using TestServer server = await TestServer.StartAsync();
        await server.Blobs.StoreAsync(Content, "content"u8.ToArray(), Token);
        foreach ((string url, Digest digest, string more) in new[]
        {
            ("https://example.org/b.tar.gz", Digest.Compute("other"u8), ""), ("https://example.org/c.tar.gz", Content, ""),
            ("https://example.org/d.tar.gz", Content, """, "url": "https://example.org/elsewhere" """),
        })
        {
            await server.Entries.AddAsync(
                EntryKey.Create(UrlMd5.FilePrefix + UrlMd5.Of(url)), EntryGenerators.Entry($$"""{"sha512": "{{digest}}"{{more}}}""", "AAAA"), Token);
        }

        string page = await GetAsync(server.Client, PageLink.ForSearch(asked));

        Assert.Contains($">{reason}.<", page, StringComparison.Ordinal);
        Assert.Contains("What was looked for", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Search_PartOfAKey_GoesOnPageByPage()
    {
        await using TestServer server = await TestServer.StartAsync();
        for (int i = 0; i < 250; i++)
            await AddAsync(server, $"some:{i:000}");
        List<string> found = [];
        string? next = PageLink.ForSearch("OME:");
        for (int pages = 0; next is not null && pages < 10; pages++)
        {
            string page = await GetAsync(server.Client, next);
            found.AddRange(page.Split('\n').Where(line => line.StartsWith("<ul class=\"rows\"><li><a href=\"/pages/key", StringComparison.Ordinal))
                .SelectMany(line => line.Split("<code dir=\"auto\">").Skip(1)).Select(part => part[..part.IndexOf('<', StringComparison.Ordinal)]));
            int link = page.IndexOf("\">Search on", StringComparison.Ordinal);
            next = link < 0 ? null : WebUtility.HtmlDecode(page[(page.LastIndexOf('"', link - 1) + 1)..link]);
        }

        Assert.Equal(Enumerable.Range(0, 250).Select(i => $"some:{i:000}"), found);
    }

    [Fact]
    public async Task Overview_StoreBroken_SaysSoInsteadOfFailing()
    {
        await using TestServer server = await TestServer.StartAsync(blobs: _ => new BrokenBlobStore());

        string page = await GetAsync(server.Client, "/");

        Assert.Contains(WebUtility.HtmlEncode(BrokenBlobStore.Message), page, StringComparison.Ordinal);
        Assert.DoesNotContain("All is well", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upstreams_AreOnTheOverview_AndNamedWhereSomethingIsMissing()
    {
        using var closed = new ClosedPort();
        var refusing = new Uri(closed.Url, "x");
        await using TestServer server = await TestServer.StartAsync(new CacheServerOptions
        {
            Proximity = new ProximityOptions { Upstreams = [new UpstreamOptions { Name = "far-away", CacheUrl = refusing, DirectoryUrl = refusing }] },
        });

        Assert.Contains("<bdi>far-away</bdi>", await GetAsync(server.Client, "/"), StringComparison.Ordinal);
        foreach (string asked in new[] { "https://example.org/x", "key", Content.ToString() })
            Assert.Contains("its upstreams (far-away)", await GetAsync(server.Client, PageLink.ForSearch(asked)), StringComparison.Ordinal);
    }

    private static CacheServerOptions Options(PageAudience audience) => new() { Pages = new PageOptions { Audience = audience } };

    private static async Task AddAsync(TestServer server, string key)
    {
        await server.Blobs.StoreAsync(Content, "content"u8.ToArray(), Token);
        await server.Entries.AddAsync(EntryKey.Create(key), EntryGenerators.Entry($$"""{"sha512": "{{Content}}"}""", "AAAA"), Token);
    }

    private static async Task<string> GetAsync(HttpClient client, string path, HttpStatusCode status = HttpStatusCode.OK)
    {
        using HttpResponseMessage answer = await client.GetAsync(new Uri(path, UriKind.Relative), Token);
        Assert.Equal(status, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync(Token);
    }
}
