using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Shacache.Core.Accounts;
using Shacache.Core.Accounts.Documents;
using Shacache.Http.Accounts.Callers;
using static Shacache.Http.Tests.Accounts.AccountApi;

namespace Shacache.Http.Tests.Accounts;

/// <summary>Requests for accounts, which any client may send, and which are refused for many reasons.</summary>
public sealed class AccountRequestTests : AccountSiteTests
{
    [Fact]
    public async Task Request_KeyThatHasACertificate_IsAConflict()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        ReceiptDocument receipt = await RequestAsync(Public, key, "build-1");
        await StatusAsync(Operator, "POST", $"/admin/requests/{receipt.Fingerprint}/approve");

        using HttpResponseMessage again = await Public.PostAsync(
            Path("/account/request"), new StringContent(AccountSite.RequestPem(key, "build-2")), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
        await ErrorLine.AssertAsync(again, "renew it");
    }

    [Theory]
    [InlineData("", "no PEM certificate request")]
    [InlineData("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n", "damaged")]
    [InlineData("\u0000\u00ff", "no PEM certificate request")]
    public async Task Request_ThatIsNone_Is400WithALine(string body, string part)
    {
        using HttpResponseMessage answer = await Public.PostAsync(Path("/account/request"), new StringContent(body), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        await ErrorLine.AssertAsync(answer, part);
    }

    [Theory]
    [InlineData("/..", "starts with a letter or digit")]
    [InlineData("(operator)", "letters a to z")]
    [InlineData("a b", "letters a to z")]
    public async Task Request_NameThatIsNone_Is400WithALine(string name, string part)
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using HttpResponseMessage answer = await Public.PostAsync(
            Path("/account/request"), new StringContent(AccountSite.RequestPem(key, name)), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        await ErrorLine.AssertAsync(answer, name.StartsWith('/') ? "letters a to z" : part);
    }

    [Fact]
    public async Task Request_ShortKeyOrLongBody_Is400()
    {
        using RSA key = RSA.Create(1024);
        string shortKey = new CertificateRequest("CN=build-1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequestPem();
        Assert.Equal(400, await StatusAsync(Public, "POST", "/account/request", new StringContent(shortKey)));
        Assert.Equal(400, await StatusAsync(Public, "POST", "/account/request", new StringContent(new string('A', 17_000))));
    }

    [Fact]
    public async Task Requests_BeyondWhatMayWait_Are429_AndBeyondTheRateToo()
    {
        await using AccountSite site = await AccountSite.StartAsync(new AccountOptions
        {
            AccountRequestsPerMinute = 3,
            RequestLimits = new AccountRequestLimits(MaxPending: 10, MaxPendingPerAddress: 1, TimeSpan.FromDays(1)),
        });
        using HttpClient far = site.NewClient(url: site.FarUrl);
        List<HttpResponseMessage> answers = [];
        for (int i = 0; i < 4; i++)
        {
            using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            answers.Add(await far.PostAsync(Path("/account/request"), new StringContent(AccountSite.RequestPem(key, $"build-{i}")), TestContext.Current.CancellationToken));
        }

        Assert.Equal([202, 429, 429, 429], answers.Select(answer => (int)answer.StatusCode));
        Assert.All(answers.Skip(1), answer => Assert.NotNull(answer.Headers.RetryAfter));
        await ErrorLine.AssertAsync(answers[1], "wait for the operator");
        await ErrorLine.AssertAsync(answers[3], "came from this address");
        answers.ForEach(answer => answer.Dispose());
    }
}
