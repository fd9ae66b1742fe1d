using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Shacache.Core.Accounts;
using Shacache.Http.Accounts.Callers;
using Shacache.Testing;

namespace Shacache.Http.Tests.Accounts;

/// <summary>How often, and how much in a day.</summary>
public sealed class LimitTests
{
    private static readonly Uri Cache = new("/shacache", UriKind.Relative);

    /// <summary>A clock that stands, so that no day ends between an upload and what is said of it.</summary>
    private static readonly ManualTimeProvider Noon = new(new DateTimeOffset(DateTime.UtcNow.Date.AddHours(12), TimeSpan.Zero));

    [Fact]
    public async Task AddressUploads_BeyondTheRate_AreRefusedWithRetryAfter_AndOtherAddressesAreNot()
    {
        await using AccountSite site = await AccountSite.StartAsync(new AccountOptions { AllowAnonymousUpload = true, AddressUploadsPerMinute = 2 });
        using HttpClient here = site.NewClient(url: site.FarUrl);
        HttpStatusCode[] found = [await UploadAsync(here), await UploadAsync(here), await UploadAsync(here)];
        site.Remote = Apart(number => $"192.0.2.{number}", site.Remote);
        using HttpClient there = site.NewClient(url: site.FarUrl);
        using HttpClient near = site.NewClient(url: site.Server.Url);

        Assert.Equal([HttpStatusCode.Created, HttpStatusCode.Created, HttpStatusCode.TooManyRequests], found);
        Assert.Equal(HttpStatusCode.Created, await UploadAsync(there));
        for (int i = 0; i < 5; i++)
            Assert.Equal(HttpStatusCode.Created, await UploadAsync(near));
        using HttpResponseMessage refused = await here.PutAsync(new Uri("/shadir/key", UriKind.Relative), new StringContent("[]"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.TooManyRequests, refused.StatusCode);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));
        await ErrorLine.AssertAsync(refused, "Too many uploads");
    }

    [Fact]
    public async Task AccountUploads_BeyondTheRate_AreRefusedFromWhereverTheyCome()
    {
        await using AccountSite site = await AccountSite.StartAsync(new AccountOptions { AccountUploadsPerMinute = 2 });
        string token = await site.AddTokenAsync("build-1", AccountRights.Uploader);
        string otherName = Enumerable.Range(2, 100).Select(number => $"build-{number}").First(name => RateLimit.BucketOf(name) != RateLimit.BucketOf("build-1"));
        string other = await site.AddTokenAsync(otherName, AccountRights.Uploader);
        using HttpClient near = site.NewClient(header: AccountSite.Bearer(token));
        using HttpClient far = site.NewClient(header: AccountSite.Bearer(token), url: site.FarTlsUrl);
        using HttpClient another = site.NewClient(header: AccountSite.Bearer(other));

        HttpStatusCode[] found = [await UploadAsync(near), await UploadAsync(far), await UploadAsync(near), await UploadAsync(far), await UploadAsync(another)];

        Assert.Equal([201, 201, 429, 429, 201], found.Select(status => (int)status));
    }

    [Fact]
    public async Task BadCredentials_BeyondTheRate_AreNotLookedAt_NorIsAGoodOneFromThere()
    {
        await using AccountSite site = await AccountSite.StartAsync(new AccountOptions { BadCredentialsPerMinute = 2 });
        string token = await site.AddTokenAsync("build-1", AccountRights.Uploader);
        using HttpClient guessing = site.NewClient(header: AccountSite.Basic("build-1", "guess"), url: site.FarTlsUrl);
        using HttpClient good = site.NewClient(header: AccountSite.Bearer(token), url: site.FarTlsUrl);

        HttpStatusCode[] found = [await UploadAsync(good), await UploadAsync(guessing), await UploadAsync(guessing), await UploadAsync(guessing), await UploadAsync(good)];
        using HttpResponseMessage read = await good.GetAsync(new Uri("/healthz", UriKind.Relative), TestContext.Current.CancellationToken);
        site.Remote = Apart(number => $"192.0.2.{number}", site.Remote);
        using HttpClient elsewhere = site.NewClient(header: AccountSite.Bearer(token), url: site.FarTlsUrl);

        Assert.Equal([201, 401, 401, 429, 429], found.Select(status => (int)status));
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
        Assert.Equal(HttpStatusCode.Created, await UploadAsync(elsewhere));
    }

    [Fact]
    public async Task Quota_DeclaredLengths_AreCountedBeforeTheBody_AndGivenBackWhenNothingWasStored()
    {
        await using AccountSite site = await StartAtNoonAsync();
        string token = await site.AddTokenAsync("build-1", AccountRights.Uploader with { MaxBytesPerDay = 1000 });
        using HttpClient client = site.NewClient(header: AccountSite.Bearer(token));
        using var wrong = new HttpRequestMessage(HttpMethod.Put, new Uri($"/shacache/{new string('0', 128)}", UriKind.Relative)) { Content = Bytes(900) };

        using HttpResponseMessage mismatch = await client.SendAsync(wrong, TestContext.Current.CancellationToken);
        HttpStatusCode first = await UploadAsync(client, Bytes(600));
        using HttpResponseMessage beyond = await client.PostAsync(Cache, Bytes(401), TestContext.Current.CancellationToken);
        HttpStatusCode exact = await UploadAsync(client, Bytes(400));

        Assert.Equal(HttpStatusCode.BadRequest, mismatch.StatusCode);
        Assert.Equal([HttpStatusCode.Created, HttpStatusCode.Created], [first, exact]);
        Assert.Equal(HttpStatusCode.TooManyRequests, beyond.StatusCode);
        Assert.Equal(TimeSpan.FromHours(12), beyond.Headers.RetryAfter!.Delta);
        await ErrorLine.AssertAsync(beyond, "This account may upload 1000 bytes in a day of UTC");
        Assert.Equal(1000, await UsedAsync(site, "build-1"));
    }

    [Fact]
    public async Task Quota_BodyIsNotAskedFor_WhenItsLengthGoesBeyond()
    {
        await using AccountSite site = await StartAtNoonAsync();
        string token = await site.AddTokenAsync("build-1", AccountRights.Uploader with { MaxBytesPerDay = 1000 });
        using RawConnection connection = await site.Server.ConnectAsync();
        await connection.SendAsync(
            $"POST /shacache HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nContent-Length: 1001\r\nExpect: 100-continue\r\n\r\n");

        string answer = await connection.ReadToEndAsync();

        ErrorLine.AssertRaw(answer, 429, "1000 bytes");
        Assert.Contains("Connection: close\r\n", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Quota_UnknownLengths_AreCountedAsTheyCome()
    {
        await using AccountSite site = await StartAtNoonAsync();
        string token = await site.AddTokenAsync("build-1", AccountRights.Uploader with { MaxBytesPerDay = 500_000 });
        using HttpClient client = site.NewClient(header: AccountSite.Bearer(token));
        client.DefaultRequestHeaders.TransferEncodingChunked = true;

        HttpStatusCode first = await UploadAsync(client, Bytes(300_000));
        HttpStatusCode beyond = await UploadAsync(client, Bytes(300_000, seed: 2));
        long used = await UsedAsync(site, "build-1");
        HttpStatusCode rest = await UploadAsync(client, Bytes(200_000, seed: 3));

        Assert.Equal([HttpStatusCode.Created, HttpStatusCode.TooManyRequests, HttpStatusCode.Created], [first, beyond, rest]);
        Assert.Equal(300_000, used);
        Assert.Equal(500_000, await UsedAsync(site, "build-1"));
    }

    [Fact]
    public async Task Quota_OfManyUploadsAtOnce_IsNeverExceeded()
    {
        await using AccountSite site = await StartAtNoonAsync();
        string token = await site.AddTokenAsync("build-1", AccountRights.Uploader with { MaxBytesPerDay = 5_000 });
        using HttpClient client = site.NewClient(header: AccountSite.Bearer(token), version: HttpVersion.Version20);

        HttpStatusCode[] found = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => UploadAsync(client, Bytes(1_000, seed: i))));

        Assert.Equal(5, found.Count(status => status == HttpStatusCode.Created));
        Assert.Equal(15, found.Count(status => status == HttpStatusCode.TooManyRequests));
    }

    [Fact]
    public async Task NoQuota_UsedBytes_AreCountedAllTheSame()
    {
        await using AccountSite site = await StartAtNoonAsync();
        string token = await site.AddTokenAsync("build-1", AccountRights.Uploader);
        using HttpClient client = site.NewClient(header: AccountSite.Bearer(token));

        await UploadAsync(client, Bytes(700));
        await UploadAsync(client, Bytes(700));

        Assert.Equal(1400, await UsedAsync(site, "build-1"));
    }

    [Fact]
    public void RateLimit_AddressesOfOneIPv6Network_ShareIt_AndAnIPv4AddressIsTheSameHoweverWritten()
    {
        using var limit = new RateLimit(1);
        var network = IPAddress.Parse("2001:db8:1:2::3");
        IPAddress otherNetwork = Apart(number => $"2001:db8:1:{number}::3", network);
        IPAddress old = Apart(number => $"192.0.2.{number}", network, otherNetwork);

        Assert.Null(limit.Take(network));
        Assert.NotNull(limit.Take(IPAddress.Parse("2001:db8:1:2:ffff::4")));
        Assert.Null(limit.Take(otherNetwork));
        Assert.Null(limit.Take(old));
        Assert.NotNull(limit.Take(IPAddress.Parse($"::ffff:{old}")));
    }

    [Fact]
    public void RateLimit_Loopback_IsExempt()
    {
        using var limit = new RateLimit(1);

        foreach (string address in (string[])["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
        {
            for (int i = 0; i < 3; i++)
                Assert.Null(limit.Take(IPAddress.Parse(address)));
        }

        Assert.Null(limit.Take((IPAddress?)null));
    }

    [Fact]
    public async Task RateLimit_UsedUp_FillsSteadily()
    {
        // One in 50 ms: what is waited for is the event, not the time.
        using var limit = new RateLimit(1200);
        while (limit.Take("account") is null)
        {
        }

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (limit.Take("account") is not null)
            await Task.Delay(10, patience.Token);
    }

    [Fact]
    public void RateLimit_AnyNumberOfAddresses_TakesBoundedMemory()
    {
        using var limit = new RateLimit(1000);
        Span<byte> address = stackalloc byte[16];
        for (int i = 0; i < 300_000; i++)
        {
            BitConverter.TryWriteBytes(address, i);
            address[4] = 1;
            limit.Take(new IPAddress(address));
        }

        // Of some hundred bytes each, and nearly all of them in use. The memory of the process is no measure: other tests run in it.
        Assert.InRange(limit.Count, 16_000, 16_384);
    }

    private static Task<AccountSite> StartAtNoonAsync() => AccountSite.StartAsync(services: services => services.AddSingleton<TimeProvider>(Noon));

    /// <summary>An address that shares no bucket with any of the others. That two share one is improbable, and would be no fault.</summary>
    private static IPAddress Apart(Func<int, string> candidate, params IPAddress[] others) => Enumerable.Range(8, 100)
        .Select(number => IPAddress.Parse(candidate(number)))
        .First(address => others.All(other => RateLimit.BucketOf(other) != RateLimit.BucketOf(address)));

    private static ByteArrayContent Bytes(int count, int seed = 1)
    {
        byte[] bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return new ByteArrayContent(bytes);
    }

    private static async Task<HttpStatusCode> UploadAsync(HttpClient client, HttpContent? content = null)
    {
        using HttpContent body = content ?? new StringContent("one");
        using HttpResponseMessage answer = await client.PostAsync(Cache, body, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    private static async Task<long> UsedAsync(AccountSite site, string name) => (await site.Server.Uses.AddAsync(
        AccountName.Create(name), DateOnly.FromDateTime(Noon.GetUtcNow().UtcDateTime), 0, null, TestContext.Current.CancellationToken)).UsedBytes;
}
