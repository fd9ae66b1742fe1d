using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Shacache.Core.Accounts;
using Shacache.Core.Accounts.Documents;
using static Shacache.Http.Tests.Accounts.AccountApi;

namespace Shacache.Http.Tests.Accounts;

/// <summary>The way of an account: asked for, approved, fetched, used, renewed, revoked; and what is refused on it.</summary>
public sealed class AdministrationTests : AccountSiteTests
{
    [Fact]
    public async Task Account_FromRequestToRevocation_IsRecordedStepByStep()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string pem = AccountSite.RequestPem(key, "Build-1");

        ReceiptDocument receipt = await AskAsync(Public, "POST", "/account/request", 202, AccountDocuments.Default.ReceiptDocument, new StringContent(pem));
        ReceiptDocument again = await AskAsync(Public, "POST", "/account/request", 202, AccountDocuments.Default.ReceiptDocument, new StringContent(pem));
        using HttpResponseMessage early = await Public.GetAsync(Path($"/account/certificate/{receipt.Fingerprint}"), TestContext.Current.CancellationToken);
        RequestListDocument waiting = await AskAsync(Operator, "GET", "/admin/requests", 200, AccountDocuments.Default.RequestListDocument);
        AccountDocument approved = await AskAsync(
            Operator, "POST", $"/admin/requests/{receipt.Fingerprint}/approve", 201, AccountDocuments.Default.AccountDocument,
            Json("""{"rights": {"upload": true, "index": ["file-"], "bytesPerDay": 5000}, "days": 7}"""));
        string certificatePem = await Public.GetStringAsync(Path($"/account/certificate/{receipt.Fingerprint}"), TestContext.Current.CancellationToken);

        Assert.Equal(("build-1", "build-1"), (receipt.Name, again.Name));
        Assert.Equal(receipt.Fingerprint, again.Fingerprint);
        Assert.Equal(HttpStatusCode.Accepted, early.StatusCode);
        Assert.NotNull(early.Headers.RetryAfter);
        RequestDocument request = Assert.Single(waiting.Requests);
        Assert.Equal((receipt.Fingerprint, receipt.Spoken, "192.0.2.7"), (request.Fingerprint, request.Spoken, request.From));
        Assert.Equal(5000, approved.Rights.BytesPerDay);
        Assert.InRange(approved.Certificates[0].NotAfter - DateTimeOffset.UtcNow, TimeSpan.FromDays(6.9), TimeSpan.FromDays(7));

        using var publicPart = X509Certificate2.CreateFromPem(certificatePem);
        using X509Certificate2 certificate = publicPart.CopyWithPrivateKey(key);
        using HttpClient client = Site.NewClient(certificate);
        CallerDocument caller = await AskAsync(client, "GET", "/account", 200, AccountDocuments.Default.CallerDocument);
        Assert.Equal(("build-1", "certificate"), (caller.Account, caller.By));
        using HttpResponseMessage uploaded = await client.PostAsync(Path("/shacache"), new StringContent("one"), TestContext.Current.CancellationToken);
        string digest = await uploaded.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        using HttpResponseMessage listed = await client.PutAsync(
            Path("/shadir/file-1"), new StringContent($$"""["{\"sha512\": \"{{digest}}\"}", ""]"""), TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.Created), (uploaded.StatusCode, listed.StatusCode));

        using ECDsa newKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using HttpResponseMessage renewed = await client.PostAsync(
            Path("/account/renew"), new StringContent(AccountSite.RequestPem(newKey, "other-account")), TestContext.Current.CancellationToken);
        using var second = X509Certificate2.CreateFromPem(await renewed.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal("CN=build-1", second.Subject);
        AccountDocument revoked = await AskAsync(Operator, "POST", "/admin/accounts/build-1/revoke", 200, AccountDocuments.Default.AccountDocument);
        Assert.NotNull(revoked.RevokedAt);
        Assert.All(revoked.Certificates, one => Assert.NotNull(one.RevokedAt));

        AuditPageDocument log = await AskAsync(Operator, "GET", "/admin/log?order=oldest", 200, AccountDocuments.Default.AuditPageDocument);
        (string Actor, string Action, string Subject, string From)[] lines = [.. log.Lines.Select(line => (line.Actor, line.Action, line.Subject, line.From))];
        Assert.Contains(("build-1", "upload", digest, "127.0.0.1"), lines);

        // Lines about uploads are written a little later than they were made, and two lines may be of one millisecond: the upload has no fixed place.
        Assert.Equal(
            [
                ("(anonymous)", "request", "build-1", "192.0.2.7"), ("(operator)", "approve", "build-1", "local"),
                ("build-1", "index", "file-1", "127.0.0.1"), ("build-1", "renew", "build-1", "127.0.0.1"), ("(operator)", "revoke", "build-1", "local"),
            ],
            lines.Where(line => line.Action != "upload"));
    }

    [Fact]
    public async Task Reject_Request_IsForgotten()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        ReceiptDocument receipt = await RequestAsync(Public, key, "build-1");

        Assert.Equal(204, await StatusAsync(Operator, "POST", $"/admin/requests/{receipt.Fingerprint}/reject"));
        Assert.Equal(404, await StatusAsync(Operator, "POST", $"/admin/requests/{receipt.Fingerprint}/reject"));
        Assert.Equal(404, await StatusAsync(Public, "GET", $"/account/certificate/{receipt.Fingerprint}"));
    }

    [Fact]
    public async Task Approve_UnderAnotherNameAndExistingAccount_KeepsItsRights()
    {
        await StatusAsync(Operator, "PUT", "/admin/accounts/farm/rights", Json("""{"index": ["pypi:"]}"""));
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        ReceiptDocument receipt = await RequestAsync(Public, key, "build-1");

        AccountDocument account = await AskAsync(
            Operator, "POST", $"/admin/requests/{receipt.Fingerprint}/approve", 201, AccountDocuments.Default.AccountDocument, Json("""{"name": "farm"}"""));

        Assert.Equal("farm", account.Name);
        Assert.False(account.Rights.Upload);
        Assert.Equal(["pypi:"], account.Rights.Index!);
    }

    [Fact]
    public async Task Approve_WithoutTheAuthoritysKey_TakesACertificateMadeElsewhere()
    {
        await using AccountSite site = await AccountSite.StartAsync(withKey: false);
        using HttpClient operatorClient = site.NewOperator();
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string pem = AccountSite.RequestPem(key, "build-1");
        ReceiptDocument receipt = await AskAsync(operatorClient, "POST", "/account/request", 202, AccountDocuments.Default.ReceiptDocument, new StringContent(pem));
        Assert.True(SigningRequest.TryParse(pem, out SigningRequest? request, out _));
        string good = Issued(site.Authority, request, "build-1");
        using var other = CertificateAuthority.Create("Other", TimeProvider.System);
        using ECDsa otherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.True(SigningRequest.TryParse(AccountSite.RequestPem(otherKey, "build-1"), out SigningRequest? otherRequest, out _));
        string path = $"/admin/requests/{receipt.Fingerprint}/approve";

        Assert.Equal(409, await StatusAsync(operatorClient, "POST", path));
        Assert.Equal(400, await StatusAsync(operatorClient, "POST", path, Json("""{"certificate": "nonsense"}""")));
        Assert.Equal(400, await StatusAsync(operatorClient, "POST", path, Certificate(Issued(other, request, "build-1"))));
        Assert.Equal(400, await StatusAsync(operatorClient, "POST", path, Certificate(Issued(site.Authority, request, "build-2"))));
        Assert.Equal(400, await StatusAsync(operatorClient, "POST", path, Certificate(Issued(site.Authority, otherRequest, "build-1"))));
        Assert.Equal(201, await StatusAsync(operatorClient, "POST", path, Certificate(good)));
        using var fetched = X509Certificate2.CreateFromPem(
            await operatorClient.GetStringAsync(Path($"/account/certificate/{receipt.Fingerprint}"), TestContext.Current.CancellationToken));
        Assert.Equal("CN=build-1", fetched.Subject);
    }

    [Fact]
    public async Task Token_MadeListedUsedAndRevoked_IsShownOnce()
    {
        await StatusAsync(Operator, "PUT", "/admin/accounts/build-1/rights", Json("""{"upload": true}"""));
        NewTokenDocument made = await AskAsync(
            Operator, "POST", "/admin/accounts/build-1/tokens", 201, AccountDocuments.Default.NewTokenDocument, Json("""{"days": 2}"""));
        using HttpClient client = Site.NewClient(header: AccountSite.Bearer(made.Token));
        int before = await StatusAsync(client, "POST", "/shacache", new StringContent("one"));
        string account = await Operator.GetStringAsync(Path("/admin/accounts/build-1"), TestContext.Current.CancellationToken);
        string log = await Operator.GetStringAsync(Path("/admin/log"), TestContext.Current.CancellationToken);
        int revoked = await StatusAsync(Operator, "POST", $"/admin/tokens/{made.Id}/revoke");

        Assert.Equal((201, 204), (before, revoked));
        Assert.Equal(401, await StatusAsync(client, "POST", "/shacache", new StringContent("one")));
        Assert.InRange(made.ExpiresAt - DateTimeOffset.UtcNow, TimeSpan.FromDays(1.9), TimeSpan.FromDays(2));
        Assert.Contains(made.Id, account, StringComparison.Ordinal);
        Assert.DoesNotContain(made.Token, account + log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Log_PagesAndFilters_GiveEveryLineOnce()
    {
        for (int i = 0; i < 5; i++)
            await StatusAsync(Operator, "PUT", $"/admin/accounts/build-{i}/rights", Json("{}"));
        List<AuditLineDocument> lines = [];
        AuditPageDocument page = await AskAsync(Operator, "GET", "/admin/log?limit=2", 200, AccountDocuments.Default.AuditPageDocument);
        lines.AddRange(page.Lines);
        while (page.Beyond is { } beyond)
        {
            page = await AskAsync(Operator, "GET", $"/admin/log?limit=2&beyond={beyond}", 200, AccountDocuments.Default.AuditPageDocument);
            lines.AddRange(page.Lines);
        }

        AuditPageDocument one = await AskAsync(
            Operator, "GET", "/admin/log?subject=build-3&action=set-rights&actor=(operator)&since=2026-01-01", 200, AccountDocuments.Default.AuditPageDocument);

        Assert.Equal(["build-4", "build-3", "build-2", "build-1", "build-0"], lines.Select(line => line.Subject));
        Assert.Equal("build-3", Assert.Single(one.Lines).Subject);
    }

    [Fact]
    public async Task Forget_Url_IsRecordedWithoutItsSecrets()
    {
        Assert.Equal(200, await StatusAsync(Operator, "POST", "/mirror/forget?url=https%3A%2F%2Fme%3Asecret%40example.org%2Ffoo.tar.gz"));

        AuditPageDocument page = await AskAsync(Operator, "GET", "/admin/log?action=forget", 200, AccountDocuments.Default.AuditPageDocument);

        AuditLineDocument line = Assert.Single(page.Lines);
        Assert.Equal(("(operator)", "local", "https://***@example.org/foo.tar.gz"), (line.Actor, line.From, line.Subject));
    }

    [Theory]
    [InlineData("/admin/log?limit=0")]
    [InlineData("/admin/log?limit=1001")]
    [InlineData("/admin/log?limit=x")]
    [InlineData("/admin/log?order=random")]
    [InlineData("/admin/log?beyond=-1")]
    [InlineData("/admin/log?action=steal")]
    [InlineData("/admin/log?since=yesterday")]
    [InlineData("/admin/log?colour=red")]
    [InlineData("/admin/log?action=upload&action=index")]
    [InlineData("/admin/accounts/UPPER%20CASE")]
    [InlineData("/admin/accounts/-")]
    [InlineData("/admin/accounts/%00")]
    public async Task Get_QuestionWithoutSense_Is400WithALine(string path)
    {
        using HttpResponseMessage answer = await Operator.GetAsync(Path(path), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        await ErrorLine.AssertAsync(answer, "");
    }

    [Theory]
    [InlineData("""{"uplaod": true}""", "uplaod")]
    [InlineData("""{"upload": "yes"}""", "upload")]
    [InlineData("""{"index": [null]}""", "null")]
    [InlineData("""{"index": ["a\u0000b"]}""", "control character")]
    [InlineData("""{"bytesPerDay": -1}""", "quota")]
    [InlineData("""{"bytesPerDay": 1e40}""", "bytesPerDay")]
    [InlineData("null", "JSON")]
    [InlineData("[]", "JSON")]
    [InlineData("{", "JSON")]
    [InlineData("{} x", "JSON")]
    public async Task SetRights_BodyWithoutSense_Is400AndNoAccountIsMade(string body, string part)
    {
        using HttpResponseMessage answer = await Operator.PutAsync(Path("/admin/accounts/build-1/rights"), Json(body), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        await ErrorLine.AssertAsync(answer, part);
        Assert.Equal(404, await StatusAsync(Operator, "GET", "/admin/accounts/build-1"));
    }

    [Fact]
    public async Task SetRights_BodyThatIsNotDeclaredAsJsonOrTooLong_Is400()
    {
        Assert.Equal(400, await StatusAsync(Operator, "PUT", "/admin/accounts/build-1/rights", new StringContent("{}", Encoding.UTF8, "text/plain")));
        Assert.Equal(400, await StatusAsync(Operator, "PUT", "/admin/accounts/build-1/rights", Json("{" + new string(' ', 70_000) + "}")));
    }

    [Fact]
    public async Task Administrator_FromAfar_DoesWhatTheOperatorDoes_UnderItsOwnName()
    {
        using X509Certificate2 certificate = await Site.EnrolAsync("chief", new AccountRights { MayAdminister = true });
        using HttpClient chief = Site.NewClient(certificate, url: Site.FarTlsUrl, version: HttpVersion.Version20);
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        ReceiptDocument receipt = await RequestAsync(Public, key, "build-1");

        using var request = new HttpRequestMessage(HttpMethod.Post, Path($"/admin/requests/{receipt.Fingerprint}/approve"))
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using HttpResponseMessage approved = await chief.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Created, approved.StatusCode);
        AuditEntry line = (await Site.ReadLogAsync())[^1];
        Assert.Equal(("chief", AuditAction.Approve, "192.0.2.7"), (line.Actor, line.Action, line.From));
    }

    private static StringContent Certificate(string pem) => Json(System.Text.Json.JsonSerializer.Serialize(new ApprovalDocument(Certificate: pem), AccountDocuments.Default.ApprovalDocument));

    private static string Issued(CertificateAuthority authority, SigningRequest request, string name) =>
        authority.Issue(request, AccountName.Create(name), TimeSpan.FromDays(1), TimeProvider.System).Pem;
}
