using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography.X509Certificates;
using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Http.Access;
using Shacache.Http.Accounts.Callers;
using Shacache.Http.Gateway.Origins;
using Shacache.Http.Routing;
using Shacache.Http.Tests.Accounts;
using Shacache.Testing.Entries;

namespace Shacache.Http.Tests.Access;

/// <summary>A private cache: <c>read-access = accounts</c>.</summary>
public sealed class ReadAccessTests(ReadAccessTests.PrivateSite site) : IClassFixture<ReadAccessTests.PrivateSite>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("OPTIONS")]
    [InlineData("DELETE")]
    public async Task EveryEndpoint_WithoutAccount_Asks_UnlessItIsAnException(string method)
    {
        using HttpClient client = site.Site.NewClient();
        foreach (Mount mount in site.Site.Server.Endpoints.SelectMany(endpoint => endpoint.Mounts))
        {
            bool isOpen = mount.Name is "/healthz" or "/livez" or "/metrics" or "/account";
            foreach (string path in mount.HasBelow ? (string[])[mount.Name, $"{mount.Name}/x"] : [mount.Name])
            {
                using HttpResponseMessage answer = await SendAsync(client, method, path);
                bool asks = answer.StatusCode == HttpStatusCode.Unauthorized;
                Assert.True(asks != isOpen || path == "/account", $"{method} {path}: {answer.StatusCode}");
                Assert.Equal(asks ? ["Bearer", "Basic"] : [], answer.Headers.WwwAuthenticate.Select(challenge => challenge.Scheme));
            }
        }
    }

    [Theory]
    [InlineData("/shacache/{digest}")]
    [InlineData("/shadir/listed")]
    [InlineData("/fetch/http/127.0.0.1/x")]
    [InlineData("/pages/")]
    [InlineData("/")]
    [InlineData("/nowhere")]
    [InlineData("/icon.svg")]
    public async Task Read_ByNobodyOrABadCredential_Is401_ConditionalOrNot(string path)
    {
        string revoked = await site.Site.AddTokenAsync("reader", AccountRights.None, isRevoked: true);
        foreach (AuthenticationHeaderValue? header in new[] { null, AccountSite.Bearer(revoked), AccountSite.Basic("reader", "x"), AccountSite.Basic("other", site.Secret) })
        {
            using HttpClient client = site.Site.NewClient(header: header);
            client.DefaultRequestHeaders.TryAddWithoutValidation("If-None-Match", "*");
            client.DefaultRequestHeaders.TryAddWithoutValidation("Range", "bytes=0-1");
            foreach (string method in new[] { "GET", "HEAD" })
            {
                using HttpResponseMessage answer = await SendAsync(client, method, path);
                Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
                Assert.Null(answer.Headers.ETag);
            }
        }
    }

    [Fact]
    public async Task Read_ByAnyAccountInForce_IsAnsweredForItAlone()
    {
        using X509Certificate2 certificate = await site.Site.EnrolAsync("bare", AccountRights.None);
        foreach (HttpClient client in new[]
        {
            site.Site.NewClient(certificate), site.Site.NewClient(header: AccountSite.Bearer(site.Secret)), site.Site.NewClient(header: AccountSite.Basic("reader", site.Secret)),
            site.Site.NewClient(header: AccountSite.Basic("reader", site.Secret), version: HttpVersion.Version20), site.Site.NewOperator(),
        })
        {
            using HttpClient disposed = client;
            foreach (string path in new[] { "/shacache/{digest}", "/shadir/listed", "/", "/icon.svg" })
            {
                using HttpResponseMessage answer = await SendAsync(client, "GET", path);
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
                Assert.True(answer.Headers.CacheControl is { Private: true, Public: false }, $"{path}: {answer.Headers.CacheControl}");
            }
        }
    }

    [Fact]
    public async Task Read_AfterTheAccountWasRevoked_Is401OnTheOpenConnection()
    {
        string secret = await site.Site.AddTokenAsync("leaver", AccountRights.None);
        using HttpClient client = site.Site.NewClient(header: AccountSite.Bearer(secret));
        using HttpResponseMessage before = await SendAsync(client, "HEAD", "/shacache/{digest}");
        await site.Site.RevokeAsync("leaver");
        using HttpResponseMessage after = await SendAsync(client, "HEAD", "/shacache/{digest}");

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Unauthorized), (before.StatusCode, after.StatusCode));
    }

    [Fact]
    public async Task Read_OverPlainHttpFromElsewhere_Is403_WithoutALookAtTheCredential()
    {
        foreach (AuthenticationHeaderValue? header in new[] { null, AccountSite.Bearer(site.Secret) })
        {
            using HttpClient client = site.Site.NewClient(header: header, url: site.Site.FarUrl);
            using HttpResponseMessage answer = await SendAsync(client, "GET", "/shacache/{digest}");
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
            await ErrorLine.AssertAsync(answer, "HTTPS");
        }
    }

    [Fact]
    public async Task Read_OfAPageOfAnotherSite_WithWhatTheBrowserAdds_Is403()
    {
        using HttpClient client = site.Site.NewClient(header: AccountSite.Basic("reader", site.Secret));
        client.DefaultRequestHeaders.Add("Origin", "https://evil.example");
        using HttpResponseMessage answer = await SendAsync(client, "GET", "/shacache/{digest}");

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task Upload_WhereNobodyNeedsAnAccountForIt_StaysOpen_AndReadingDoesNot()
    {
        await using AccountSite open = await AccountSite.StartAsync(
            new AccountOptions { AllowAnonymousUpload = true }, new CacheServerOptions { ReadAccess = ReadAudience.Accounts });
        using HttpClient client = open.NewClient();
        using HttpResponseMessage posted = await client.PostAsync(new Uri("/shacache", UriKind.Relative), new ByteArrayContent([1]), Token);
        using HttpResponseMessage got = await client.GetAsync(new Uri($"/shacache/{Digest.Compute([1])}", UriKind.Relative), Token);
        using HttpResponseMessage health = await client.GetAsync(new Uri("/healthz", UriKind.Relative), Token);

        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Unauthorized, HttpStatusCode.OK), (posted.StatusCode, got.StatusCode, health.StatusCode));
    }

    [Fact]
    public async Task Read_WhereThereIsNoAuthority_IsRefused_NotOpen()
    {
        await using TestServer bare = await TestServer.StartAsync(new CacheServerOptions { ReadAccess = ReadAudience.Accounts });
        await using AccountSite lost = await AccountSite.StartAsync(cache: new CacheServerOptions { ReadAccess = ReadAudience.Accounts }, withAuthority: false);
        foreach (TestServer server in new[] { bare, lost.Server })
        {
            using HttpResponseMessage answer = await server.Client.GetAsync(new Uri($"/shacache/{Digest.Empty}", UriKind.Relative), Token);
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        }
    }

    private static Task<HttpResponseMessage> SendAsync(HttpClient client, string method, string path)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path.Replace("{digest}", PrivateSite.Digest.ToString(), StringComparison.Ordinal))
        {
            Version = client.DefaultRequestVersion,
            VersionPolicy = client.DefaultVersionPolicy,
        };
        return client.SendAsync(request, Token);
    }

    public sealed class PrivateSite : IAsyncLifetime
    {
        public static Digest Digest { get; } = Digest.Compute("content"u8);

        internal AccountSite Site { get; private set; } = null!;

        public string Secret { get; private set; } = "";

        public async ValueTask InitializeAsync()
        {
            Assert.Null(OriginPattern.TryParse("*:*", out OriginPattern? any) ? null : "no pattern");
            Site = await AccountSite.StartAsync(cache: new CacheServerOptions
            {
                ReadAccess = ReadAudience.Accounts,
                Gateway = new GatewayOptions { Origins = [any!], AllowPrivateAddresses = true },
            });
            Secret = await Site.AddTokenAsync("reader", AccountRights.None);
            await Site.Server.Blobs.StoreAsync(Digest, "content"u8.ToArray(), Token);
            await Site.Server.Entries.AddAsync(EntryKey.Create("listed"), EntryGenerators.Entry($$"""{"sha512": "{{Digest}}"}""", ""), Token);
        }

        public ValueTask DisposeAsync() => Site.DisposeAsync();
    }
}
