using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Http;
using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Http.Accounts;
using Shacache.Http.Accounts.Callers;
using Shacache.Testing;

namespace Shacache.Http.Tests.Accounts;

/// <summary>Ways around the audit log and the limits that were tried.</summary>
public sealed class EvasionTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null)]
    [InlineData(1000L)]
    public async Task Upload_ClientHangsUpOnceTheContentIsStored_IsCountedAndRecorded(long? maxBytesPerDay)
    {
        await using AccountSite site = await AccountSite.StartAsync();
        using var hungUp = new CancellationTokenSource();
        var context = new DefaultHttpContext { RequestAborted = hungUp.Token };
        var name = AccountName.Create("build-1");
        var caller = new Caller(CredentialKind.Token, name, AccountRights.Uploader);
        var time = new ManualTimeProvider();
        var quota = new ByteQuota(site.Server.Uses, name, maxBytesPerDay, time);
        await using (var permit = new AccountUploadPermit(context, caller, quota, new AuditTrail(site.Server.AuditNotes, time)))
        {
            if (maxBytesPerDay is not null)
                Assert.True(await quota.TryTakeAsync(7, Token));
            await hungUp.CancelAsync();
            await permit.CompleteAsync(Digest.Compute("content"u8), 7);
        }

        AuditEntry line = Assert.Single(await site.ReadLogAsync());
        Assert.Equal(("build-1", AuditAction.Upload, Digest.Compute("content"u8).ToString()), (line.Actor, line.Action, line.Subject));
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        Assert.Equal(new AccountUse(true, 7), await site.Server.Uses.AddAsync(name, today, 0, null, Token));
    }

    [Fact]
    public async Task Request_ManyAddressesOfOneNetwork_CountAsOneSender()
    {
        var options = new AccountOptions { AccountRequestsPerMinute = 0, RequestLimits = new AccountRequestLimits(100, 3, TimeSpan.FromDays(1)) };
        await using AccountSite site = await AccountSite.StartAsync(options);
        for (int number = 1; number <= 5; number++)
        {
            site.Remote = IPAddress.Parse($"2001:db8:0:7:{number:x}::{number:x}");
            using HttpClient client = site.NewClient(url: site.FarTlsUrl);
            Assert.Equal(number <= 3 ? HttpStatusCode.Accepted : HttpStatusCode.TooManyRequests, await RequestAsync(client, number));
        }

        site.Remote = IPAddress.Parse("2001:db8:0:8::1");
        using HttpClient neighbour = site.NewClient(url: site.FarTlsUrl);
        Assert.Equal(HttpStatusCode.Accepted, await RequestAsync(neighbour, 6));
        Assert.Equal(
            ["2001:db8:0:7::/64", "2001:db8:0:7::/64", "2001:db8:0:7::/64", "2001:db8:0:8::/64"],
            (await site.Store.ListRequestsAsync(Token)).Select(request => request.From));
        Assert.Equal("2001:db8:0:7:2::2", (await site.ReadLogAsync())[1].From);
    }

    [Fact]
    public async Task Renew_AgainAndAgain_Is429()
    {
        await using AccountSite site = await AccountSite.StartAsync(new AccountOptions { AccountRequestsPerMinute = 2 });
        using X509Certificate2 certificate = await site.EnrolAsync("build-1", AccountRights.Uploader);
        using HttpClient client = site.NewClient(certificate);
        List<HttpStatusCode> answers = [];
        for (int i = 0; i < 3; i++)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using var body = new StringContent(AccountSite.RequestPem(key, "build-1"));
            using HttpResponseMessage answer = await client.PostAsync(new Uri("/account/renew", UriKind.Relative), body, Token);
            answers.Add(answer.StatusCode);
        }

        Assert.Equal([HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.TooManyRequests], answers);
        Assert.Equal(3, (await site.Store.ListCertificatesAsync(AccountName.Create("build-1"), Token)).Count);
    }

    [Fact]
    public async Task Put_RefusedByThePolicy_IsNotRecordedAsIndexed()
    {
        var cache = new CacheServerOptions { Entries = new Http.Entries.EntryPolicyOptions { RequireBlob = true } };
        await using AccountSite site = await AccountSite.StartAsync(cache: cache);
        using X509Certificate2 certificate = await site.EnrolAsync("build-1", AccountRights.Uploader);
        using HttpClient client = site.NewClient(certificate);
        string pair = $"[\"{{\\\"sha512\\\": \\\"{Digest.Compute("content"u8)}\\\"}}\", \"\"]";
        using var body = new ByteArrayContent(Encoding.UTF8.GetBytes(pair));
        using HttpResponseMessage refused = await client.PutAsync(new Uri("/shadir/k", UriKind.Relative), body, Token);
        Assert.Equal(HttpStatusCode.Conflict, refused.StatusCode);
        Assert.DoesNotContain(await site.ReadLogAsync(), line => line.Action == AuditAction.Index);

        using var content = new ByteArrayContent("content"u8.ToArray());
        (await client.PostAsync(new Uri("/shacache", UriKind.Relative), content, Token)).EnsureSuccessStatusCode();
        using var again = new ByteArrayContent(Encoding.UTF8.GetBytes(pair));
        using HttpResponseMessage accepted = await client.PutAsync(new Uri("/shadir/k", UriKind.Relative), again, Token);
        Assert.Equal(HttpStatusCode.Created, accepted.StatusCode);
        AuditEntry line = Assert.Single(await site.ReadLogAsync(), line => line.Action == AuditAction.Index);
        Assert.Equal(("build-1", "k"), (line.Actor, line.Subject));
    }

    private static async Task<HttpStatusCode> RequestAsync(HttpClient client, int number)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var body = new StringContent(AccountSite.RequestPem(key, $"build-{number}"));
        using HttpResponseMessage answer = await client.PostAsync(new Uri("/account/request", UriKind.Relative), body, Token);
        return answer.StatusCode;
    }
}
