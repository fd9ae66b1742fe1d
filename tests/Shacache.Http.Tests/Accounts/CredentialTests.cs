using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shacache.Core.Accounts;
using Shacache.Http.Accounts.Callers;
using Shacache.Http.Tests.Gateway;

namespace Shacache.Http.Tests.Accounts;

/// <summary>Where credentials are taken, where not, and that they are shown nowhere.</summary>
public sealed class CredentialTests
{
    private static readonly Uri Cache = new("/shacache", UriKind.Relative);

    [Fact]
    public async Task PlainHttpFromElsewhere_AnyCredential_IsRefusedUnread()
    {
        await using AccountSite site = await AccountSite.StartAsync();
        string good = await site.AddTokenAsync("build-1", AccountRights.Uploader);
        using HttpClient withGood = site.NewClient(header: AccountSite.Bearer(good), url: site.FarUrl);
        using HttpClient withBad = site.NewClient(header: AccountSite.Basic("build-1", "guess"), url: site.FarUrl);
        using HttpClient without = site.NewClient(url: site.FarUrl);

        await AssertRefusedAsync(withGood, HttpStatusCode.Forbidden, "crossed the network in the clear and was not looked at; revoke it");
        await AssertRefusedAsync(withBad, HttpStatusCode.Forbidden, "not looked at");
        await AssertRefusedAsync(without, HttpStatusCode.Forbidden, "use the https URL");
        using HttpResponseMessage whoAmI = await without.GetAsync(new Uri("/account", UriKind.Relative), TestContext.Current.CancellationToken);
        using HttpResponseMessage read = await withGood.GetAsync(new Uri("/", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Forbidden, whoAmI.StatusCode);
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
    }

    [Theory]
    [InlineData(SslProtocols.Tls12, false)]
    [InlineData(SslProtocols.Tls12, true)]
    [InlineData(SslProtocols.Tls13, false)]
    [InlineData(SslProtocols.Tls13, true)]
    public async Task Certificate_OfThisAuthoritysNameWithAWrongSignature_IsRefusedByARequest_NotByTheHandshake(SslProtocols protocol, bool isAuthoritySent)
    {
        await using AccountSite site = await AccountSite.StartAsync();
        using X509Certificate2 good = site.Issue("build-1");
        byte[] der = good.RawData;
        der[^1] ^= 1;
        using X509Certificate2 changed = X509CertificateLoader.LoadCertificate(der);
        using ECDsa key = good.GetECDsaPrivateKey()!;
        using X509Certificate2 forged = changed.CopyWithPrivateKey(key);
        using X509Certificate2 authority = X509CertificateLoader.LoadCertificate(site.Authority.Certificate.RawData);
        using var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                EnabledSslProtocols = protocol,
                CertificateChainPolicy = site.Policy(),
                ClientCertificateContext = SslStreamCertificateContext.Create(forged, isAuthoritySent ? [authority] : null, offline: true),
            },
        };
        using var client = new HttpClient(handler) { BaseAddress = site.Server.TlsUrl };

        await AssertRefusedAsync(client, HttpStatusCode.Unauthorized, "not issued by this cache's authority");
    }

    [Fact]
    public async Task Reading_WithAnyCredential_AsksNoStoreForIt()
    {
        CallCounter accounts = null!;
        await using AccountSite site = await AccountSite.StartAsync(services: services => services.AddSingleton(provider =>
        {
            IAccountStore inner = services.Select(service => service.ImplementationInstance).OfType<IAccountStore>().Single();
            return CallCounter.Around(inner, out accounts);
        }));
        string token = await site.AddTokenAsync("build-1", AccountRights.Uploader);
        using X509Certificate2 certificate = await site.EnrolAsync("build-2", AccountRights.Uploader);
        using HttpClient byToken = site.NewClient(header: AccountSite.Bearer(token));
        using HttpClient byCertificate = site.NewClient(certificate);
        (_, string digest) = await UploadAsync(byToken);
        int before = accounts.Calls;

        foreach (HttpClient client in (HttpClient[])[byToken, byCertificate])
        {
            foreach (string path in (string[])[$"/shacache/{digest}", "/shadir/none", "/healthz", "/robots.txt"])
            {
                using HttpResponseMessage answer = await client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
                Assert.True(answer.IsSuccessStatusCode || path == "/shadir/none");
            }
        }

        Assert.True(before > 0);
        Assert.Equal(before, accounts.Calls);
    }

    [Fact]
    public async Task PlainHttpOnThisMachine_Token_IsAccepted()
    {
        await using AccountSite site = await AccountSite.StartAsync();
        string token = await site.AddTokenAsync("build-1", AccountRights.Uploader);
        using HttpClient client = site.NewClient(header: AccountSite.Basic("BUILD-1", token), url: site.Server.Url);

        Assert.Equal(HttpStatusCode.Created, (await UploadAsync(client)).Status);
    }

    [Fact]
    public async Task HttpsFromElsewhere_Token_IsAccepted()
    {
        await using AccountSite site = await AccountSite.StartAsync();
        string token = await site.AddTokenAsync("build-1", AccountRights.Uploader);
        using HttpClient client = site.NewClient(header: AccountSite.Bearer(token), url: site.FarTlsUrl, version: HttpVersion.Version20);

        Assert.Equal(HttpStatusCode.Created, (await UploadAsync(client)).Status);
        Assert.Equal("192.0.2.7", (await site.ReadLogAsync())[^1].From);
    }

    [Fact]
    public async Task Basic_TokenOfAnotherAccount_IsRefused()
    {
        await using AccountSite site = await AccountSite.StartAsync();
        string token = await site.AddTokenAsync("build-1", AccountRights.Uploader);
        await site.AddTokenAsync("build-2", AccountRights.Uploader);
        using HttpClient client = site.NewClient(header: AccountSite.Basic("build-2", token));

        await AssertRefusedAsync(client, HttpStatusCode.Unauthorized, "not one of the account that is named as the user");
    }

    [Theory]
    [InlineData("Bearer")]
    [InlineData("Bearer ")]
    [InlineData("Basic")]
    [InlineData("Basic ###")]
    [InlineData("Basic bm9jb2xvbg==")]
    [InlineData("Digest username=\"build-1\"")]
    [InlineData("Negotiate YII=")]
    public async Task Authorization_Malformed_Is401WithALine(string header)
    {
        await using AccountSite site = await AccountSite.StartAsync();
        using HttpClient client = site.NewClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, Cache) { Content = new StringContent("one") };
        Assert.True(request.Headers.TryAddWithoutValidation("Authorization", header));

        using HttpResponseMessage answer = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        await ErrorLine.AssertAsync(answer, "");
    }

    [Fact]
    public async Task HeaderAndCertificate_TheHeaderCounts()
    {
        await using AccountSite site = await AccountSite.StartAsync();
        using X509Certificate2 certificate = await site.EnrolAsync("build-1", AccountRights.Uploader);
        using HttpClient client = site.NewClient(certificate, AccountSite.Bearer(TokenSecret.Generate()));

        await AssertRefusedAsync(client, HttpStatusCode.Unauthorized, "The token is not known here.");
    }

    [Fact]
    public async Task WebPage_WithWhatTheBrowserAdds_IsRefused_WithItsOwnTokenNot()
    {
        await using AccountSite site = await AccountSite.StartAsync();
        using X509Certificate2 certificate = await site.EnrolAsync("admin", new AccountRights { MayUpload = true, MayAdminister = true });
        string token = await site.AddTokenAsync("admin", new AccountRights { MayUpload = true, MayAdminister = true });
        using HttpClient byCertificate = site.NewClient(certificate);
        using HttpClient byPassword = site.NewClient(header: AccountSite.Basic("admin", token));
        using HttpClient byToken = site.NewClient(header: AccountSite.Bearer(token));
        foreach (HttpClient client in (HttpClient[])[byCertificate, byPassword, byToken])
            client.DefaultRequestHeaders.Add("Origin", "https://elsewhere.example");

        await AssertRefusedAsync(byCertificate, HttpStatusCode.Forbidden, "A web page sent this");
        await AssertRefusedAsync(byPassword, HttpStatusCode.Forbidden, "A web page sent this");
        Assert.Equal(HttpStatusCode.Created, (await UploadAsync(byToken)).Status);
        using HttpResponseMessage admin = await byCertificate.PostAsync(
            new Uri("/admin/accounts/admin/revoke", UriKind.Relative), null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Forbidden, admin.StatusCode);
    }

    [Fact]
    public async Task CertificateOfTheOperatorsOwnMaking_WithoutAccount_HasTheRightsOfTheSetting_UntilItsNameIsRevoked()
    {
        await using AccountSite site = await AccountSite.StartAsync(new AccountOptions { CertificateRights = new AccountRights { MayUpload = true } });
        using X509Certificate2 certificate = site.Issue("old-way");
        using HttpClient client = site.NewClient(certificate);

        Assert.Equal(HttpStatusCode.Created, (await UploadAsync(client)).Status);
        using StringContent entry = new("""["{\"sha512\": \"x\"}", ""]""");
        using HttpResponseMessage put = await client.PutAsync(new Uri("/shadir/key", UriKind.Relative), entry, TestContext.Current.CancellationToken);
        await site.RevokeAsync("old-way");

        Assert.Equal(HttpStatusCode.Forbidden, put.StatusCode);
        await ErrorLine.AssertAsync(put, "the right to index is lacking");
        await AssertRefusedAsync(client, HttpStatusCode.Unauthorized, "The account old-way was revoked.");
    }

    [Fact]
    public async Task CertificateOlderThanARevocation_NotKnownHere_StaysRefusedAfterANewApproval()
    {
        await using AccountSite site = await AccountSite.StartAsync();
        using X509Certificate2 stolen = site.Issue("build-1", TimeSpan.FromDays(-1));
        await site.RevokeAsync("build-1");
        using X509Certificate2 renewed = await site.EnrolAsync("build-1", AccountRights.Uploader);
        using HttpClient thief = site.NewClient(stolen);
        using HttpClient owner = site.NewClient(renewed);

        await AssertRefusedAsync(thief, HttpStatusCode.Unauthorized, "older than the last revocation");
        Assert.Equal(HttpStatusCode.Created, (await UploadAsync(owner)).Status);
    }

    [Fact]
    public async Task AllowAnonymousUpload_WithAccounts_AdmitsEverybody_ButNoBadCredential()
    {
        await using AccountSite site = await AccountSite.StartAsync(new AccountOptions { AllowAnonymousUpload = true });
        string bare = await site.AddTokenAsync("bare", AccountRights.None);
        using HttpClient far = site.NewClient(url: site.FarUrl);
        using HttpClient withBad = site.NewClient(header: AccountSite.Bearer(TokenSecret.Generate()));
        using HttpClient withBare = site.NewClient(header: AccountSite.Bearer(bare));

        Assert.Equal(HttpStatusCode.Created, (await UploadAsync(far)).Status);
        await AssertRefusedAsync(withBad, HttpStatusCode.Unauthorized, "not known");
        await AssertRefusedAsync(withBare, HttpStatusCode.Forbidden, "the right to upload is lacking");
        Assert.Equal((AuditEntry.Anonymous, AuditAction.Upload), (await site.ReadLogAsync())[^1] is var line ? (line.Actor, line.Action) : default);
    }

    [Fact]
    public async Task Gateway_FileThatItFetchedAndListed_IsRecordedAsItsOwn()
    {
        await using OriginServer origin = await OriginServer.StartAsync("file"u8.ToArray());
        await using AccountSite site = await AccountSite.StartAsync(cache: new CacheServerOptions
        {
            Gateway = new() { Origins = [GatewaySite.Pattern("*:*")], AllowPrivateAddresses = true, MovingPrefixes = [$"http://{origin.Host}/moving"] },
        });
        using HttpClient client = site.NewClient();

        foreach (string path in (string[])["moving", "file?version=1", "file?version=1"])
            await client.GetStringAsync(new Uri($"/fetch/http/{origin.Host}/{path}", UriKind.Relative), TestContext.Current.CancellationToken);

        // The last of them is from the copy. The line is written after the file, not before the client has it all.
        List<AuditEntry> lines = await site.ReadLogAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (lines.Count < 3)
        {
            await Task.Delay(20, patience.Token);
            lines = await site.ReadLogAsync();
        }

        Assert.Equal([AuditAction.Upload, AuditAction.Upload, AuditAction.Index], lines.Select(line => line.Action));
        Assert.All(lines, line => Assert.Equal(AuditEntry.Gateway, line.Actor));
        Assert.Equal([$"http://{origin.Host}/moving", $"http://{origin.Host}/file", $"http://{origin.Host}/file"], lines.Select(line => line.From));
    }

    [Fact]
    public async Task Authority_MadeWhileTheServerRuns_TurnsAccountsOn()
    {
        await using AccountSite site = await AccountSite.StartAsync(withAuthority: false);
        using HttpClient client = site.NewClient();
        using HttpClient operatorClient = site.NewOperator();
        HttpStatusCode open = (await UploadAsync(client)).Status;
        using HttpResponseMessage none = await operatorClient.GetAsync(new Uri("/admin/accounts", UriKind.Relative), TestContext.Current.CancellationToken);
        site.Init();

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while ((await UploadAsync(client)).Status == HttpStatusCode.Created)
            await Task.Delay(50, patience.Token);

        Assert.Equal(HttpStatusCode.Created, open);
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
        using X509Certificate2 certificate = await site.EnrolAsync("build-1", AccountRights.Uploader);
        using HttpClient known = site.NewClient(certificate);
        Assert.Equal(HttpStatusCode.Created, (await UploadAsync(known)).Status);
    }

    [Fact]
    public async Task Secrets_OfGoodAndBadRequests_AreInNoLogAndNoAnswer()
    {
        using var everything = new VerboseLog();
        await using AccountSite site = await AccountSite.StartAsync(services: services =>
        {
            services.AddSingleton<ILoggerProvider>(everything);
            services.Configure<LoggerFilterOptions>(filter => filter.MinLevel = LogLevel.Trace);
        });
        string good = await site.AddTokenAsync("build-1", AccountRights.Uploader);
        string revoked = await site.AddTokenAsync("build-2", AccountRights.Uploader, isRevoked: true);
        string unknown = TokenSecret.Generate();
        string short1 = "hunter2-is-no-token";
        StringBuilder answers = new();
        foreach (string secret in (string[])[good, revoked, unknown, short1])
        {
            foreach (AuthenticationHeaderValue header in (AuthenticationHeaderValue[])[AccountSite.Bearer(secret), AccountSite.Basic("build-1", secret)])
            {
                foreach (Uri url in (Uri[])[site.Server.TlsUrl, site.FarUrl])
                {
                    using HttpClient client = site.NewClient(header: header, url: url);
                    answers.Append((await UploadAsync(client)).Line);
                    answers.Append(await client.GetStringAsync(new Uri("/robots.txt", UriKind.Relative), TestContext.Current.CancellationToken));
                }
            }
        }

        foreach (AuditEntry line in await site.ReadLogAsync())
            answers.Append(line);
        string seen = answers.ToString() + everything.Text;
        Assert.Contains("The token is not known here.", everything.Text, StringComparison.Ordinal);
        foreach (string secret in (string[])[good, revoked, unknown, short1])
        {
            Assert.DoesNotContain(secret, seen, StringComparison.Ordinal);
            Assert.DoesNotContain(AccountSite.Basic("build-1", secret).Parameter!, seen, StringComparison.Ordinal);
        }
    }

    private static async Task AssertRefusedAsync(HttpClient client, HttpStatusCode status, string part)
    {
        (HttpStatusCode found, string line) = await UploadAsync(client);
        Assert.Equal((status, true), (found, line.Contains(part, StringComparison.Ordinal)));
    }

    private static async Task<(HttpStatusCode Status, string Line)> UploadAsync(HttpClient client)
    {
        using var content = new StringContent("one");
        using HttpResponseMessage answer = await client.PostAsync(Cache, content, TestContext.Current.CancellationToken);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
