using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Shacache.Core.Accounts;
using static Shacache.Http.Tests.Accounts.AccountApi;

namespace Shacache.Http.Tests.Accounts;

/// <summary>What is revoked is refused from the next request on, however long the connection is open.</summary>
public sealed class RevocationTests
{
    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Revoke_AccountWithOpenConnections_IsRefusedAtOnceByCertificateAndToken(string version)
    {
        await using AccountSite site = await AccountSite.StartAsync();
        using X509Certificate2 certificate = await site.EnrolAsync("build-1", AccountRights.Uploader);
        string token = await site.AddTokenAsync("build-1", AccountRights.Uploader);
        using HttpClient byCertificate = site.NewClient(certificate, version: Version.Parse(version));
        using HttpClient byToken = site.NewClient(header: AccountSite.Bearer(token), version: Version.Parse(version));
        using HttpClient operatorClient = site.NewOperator();

        HttpStatusCode[] before = [await UploadAsync(byCertificate), await UploadAsync(byToken)];
        using HttpResponseMessage revoked = await operatorClient.PostAsync(
            new Uri("/admin/accounts/build-1/revoke", UriKind.Relative), null, TestContext.Current.CancellationToken);
        HttpStatusCode[] after = [await UploadAsync(byCertificate), await UploadAsync(byToken)];

        Assert.Equal([HttpStatusCode.Created, HttpStatusCode.Created], before);
        Assert.Equal(HttpStatusCode.OK, revoked.StatusCode);
        Assert.Equal([HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized], after);
        Assert.Equal(2, site.Connections);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Revoke_KeyOfTheAccount_IsNeitherRequestedNorApprovedNorRenewedWithAgain(bool isWholeAccount)
    {
        await using AccountSite site = await AccountSite.StartAsync();
        using HttpClient operatorClient = site.NewOperator();
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string print = (await RequestAsync(site.Server.Client, key, "build-1")).Fingerprint;
        Assert.Equal(201, await StatusAsync(operatorClient, "POST", $"/admin/requests/{print}/approve", Json("{}")));
        AccountCertificate certificate = (await site.Server.Accounts.ListCertificatesAsync(null, TestContext.Current.CancellationToken)).Single();
        var late = new AccountRequest(certificate.Account, certificate.KeyFingerprint, AccountSite.RequestPem(key, "build-1"), DateTimeOffset.UtcNow, "192.0.2.1");
        var audit = new AuditEntry(DateTimeOffset.UtcNow, AuditEntry.Anonymous, AuditAction.Request, "build-1", "192.0.2.1", "");
        await site.Server.Accounts.AddRequestAsync(late, AccountRequestLimits.Default, audit, TestContext.Current.CancellationToken);
        Assert.Equal(isWholeAccount ? 200 : 204, await StatusAsync(
            operatorClient, "POST", isWholeAccount ? "/admin/accounts/build-1/revoke" : $"/admin/certificates/{certificate.Fingerprint}/revoke"));

        using HttpResponseMessage again = await site.Server.Client.PostAsync(
            Path("/account/request"), new StringContent(AccountSite.RequestPem(key, "build-2")), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
        await ErrorLine.AssertAsync(again, "revoked");
        Assert.Equal(409, await StatusAsync(operatorClient, "POST", $"/admin/requests/{print}/approve", Json("{}")));
        using X509Certificate2 other = await site.EnrolAsync("build-3", AccountRights.Uploader);
        using HttpClient renewing = site.NewClient(other);
        Assert.Equal(409, await StatusAsync(renewing, "POST", "/account/renew", new StringContent(AccountSite.RequestPem(key, "build-3"))));
    }

    [Fact]
    public async Task Rights_TakenFromAnAccount_AreLackingOnTheSameConnection()
    {
        await using AccountSite site = await AccountSite.StartAsync();
        using X509Certificate2 certificate = await site.EnrolAsync("build-1", AccountRights.Uploader);
        using HttpClient client = site.NewClient(certificate);
        using HttpClient operatorClient = site.NewOperator();

        HttpStatusCode before = await UploadAsync(client);
        using StringContent none = new("""{"index": ["pypi:"]}""", System.Text.Encoding.UTF8, "application/json");
        using HttpResponseMessage changed = await operatorClient.PutAsync(
            new Uri("/admin/accounts/build-1/rights", UriKind.Relative), none, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Created, before);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, await UploadAsync(client));
        Assert.Equal(1, site.Connections);
    }

    [Theory]
    [InlineData("-tls1_2")]
    [InlineData("-tls1_3")]
    public async Task Revoke_CertificateOfATlsSessionThatIsResumed_IsRefused(string protocol)
    {
        await using AccountSite site = await AccountSite.StartAsync();
        using X509Certificate2 certificate = await site.EnrolAsync("build-1", AccountRights.Uploader);
        (string certificatePath, string keyPath, string caPath) = site.WriteFiles(certificate);
        string session = site["session.pem"];
        string[] usual =
        [
            "s_client", "-connect", site.Server.TlsUrl.Authority, "-cert", certificatePath, "-key", keyPath, "-CAfile", caPath, "-verify_return_error",
            "-ign_eof", protocol,
        ];

        string first = await OpenSslAsync([.. usual, "-sess_out", session]);
        string resumed = await OpenSslAsync([.. usual, "-sess_in", session]);
        await site.RevokeAsync("build-1");
        string after = await OpenSslAsync([.. usual, "-sess_in", session]);

        Assert.Contains("HTTP/1.1 201 ", first, StringComparison.Ordinal);
        Assert.Contains("HTTP/1.1 201 ", resumed, StringComparison.Ordinal);
        Assert.Contains("Reused, ", resumed, StringComparison.Ordinal);
        Assert.Contains("HTTP/1.1 401 ", after, StringComparison.Ordinal);
        Assert.Contains("revoked", after, StringComparison.Ordinal);
    }

    private static async Task<HttpStatusCode> UploadAsync(HttpClient client)
    {
        using var content = new StringContent("one");
        using HttpResponseMessage answer = await client.PostAsync(new Uri("/shacache", UriKind.Relative), content, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    private static async Task<string> OpenSslAsync(string[] arguments)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        using Process openssl = Process.Start(new ProcessStartInfo("openssl", arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        Task<string> problems = openssl.StandardError.ReadToEndAsync(patience.Token);
        await openssl.StandardInput.WriteAsync("POST /shacache HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nConnection: close\r\n\r\none".AsMemory(), patience.Token);
        await openssl.StandardInput.FlushAsync(patience.Token);
        string output = await openssl.StandardOutput.ReadToEndAsync(patience.Token);
        await openssl.WaitForExitAsync(patience.Token);
        return output + await problems;
    }
}
