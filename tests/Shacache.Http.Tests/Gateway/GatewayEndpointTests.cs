using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Shacache.Core.Blobs;
using Shacache.Http.Gateway.Origins;
using Shacache.Testing;

namespace Shacache.Http.Tests.Gateway;

/// <summary>The answers of the surface. Long, as they share one view of it; moving URLs, trust and SSRF have classes of their own.</summary>
public sealed class GatewayEndpointTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Get_GatewayIsOff_Is404()
    {
        await using TestServer server = await TestServer.StartAsync();

        using HttpResponseMessage answer = await server.Client.GetAsync("/fetch/https/example.org/", Token);

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        await ErrorLine.AssertAsync(answer, "gateway-origins");
    }

    [Fact]
    public async Task Get_SecondTime_IsAnsweredWithoutTheOrigin()
    {
        byte[] file = RandomNumberGenerator.GetBytes(700_000);
        OriginServer origin = await OriginServer.StartAsync(file, "\"v1\"");
        await using TestServer server = await GatewaySite.StartAsync();
        string path = $"/fetch/http/{origin.Host}/a/file.tar.gz?v=1";

        using HttpResponseMessage miss = await server.Client.GetAsync(path, Token);
        await origin.DisposeAsync();
        using HttpResponseMessage hit = await server.Client.GetAsync(path, Token);

        foreach ((HttpResponseMessage answer, string status) in new[] { (miss, "miss"), (hit, "hit") })
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(status, answer.Headers.GetValues("X-Cache").Single());
            Assert.Equal(file.Length, answer.Content.Headers.ContentLength);
            Assert.Equal("application/gzip", answer.Content.Headers.ContentType!.ToString());
            Assert.Equal("\"v1\"", answer.Headers.ETag!.Tag);
            Assert.Equal("sandbox; default-src 'none'", answer.Headers.GetValues("Content-Security-Policy").Single());
            byte[] body = await answer.Content.ReadAsByteArrayAsync(Token);
            Assert.True(file.AsSpan().SequenceEqual(body));
        }

        Assert.Single(origin.Requests);
        Assert.Empty(Directory.EnumerateFiles(server.DataFolder, "*.part", SearchOption.AllDirectories));
    }

    [Fact]
    public async Task Get_FileWithoutLength_IsSentInChunksAndKept()
    {
        await using OriginServer origin = await OriginServer.StartAsync(async context =>
        {
            for (int i = 0; i < 20; i++)
            {
                await context.Response.Body.WriteAsync(new byte[10_000], Token);
                await context.Response.Body.FlushAsync(Token);
            }
        });
        await using TestServer server = await GatewaySite.StartAsync();

        byte[] first = await server.Client.GetByteArrayAsync($"/fetch/http/{origin.Host}/f", Token);
        byte[] second = await server.Client.GetByteArrayAsync($"/fetch/http/{origin.Host}/f", Token);

        Assert.Equal(200_000, first.Length);
        Assert.Equal(first, second);
        Assert.Single(origin.Requests);
    }

    [Fact]
    public async Task Get_WhileTheOriginStillSends_GetsWhatCameSoFar()
    {
        var goOn = new TaskCompletionSource();
        await using OriginServer origin = await OriginServer.StartAsync(async context =>
        {
            context.Response.ContentLength = 200_000;
            await context.Response.Body.WriteAsync(new byte[100_000], Token);
            await context.Response.Body.FlushAsync(Token);
            await goOn.Task.WaitAsync(TimeSpan.FromSeconds(20), Token);
            await context.Response.Body.WriteAsync(new byte[100_000], Token);
        });
        await using TestServer server = await GatewaySite.StartAsync();

        using HttpResponseMessage answer = await server.Client.GetAsync(
            $"/fetch/http/{origin.Host}/f", HttpCompletionOption.ResponseHeadersRead, Token);
        await using Stream body = await answer.Content.ReadAsStreamAsync(Token);
        await body.ReadExactlyAsync(new byte[100_000], Token);
        goOn.SetResult();
        await body.ReadExactlyAsync(new byte[100_000], Token);

        Assert.Equal(0, await body.ReadAsync(new byte[1], Token));
    }

    [Fact]
    public async Task Get_ManyClientsAtOnce_ShareOneTransfer_AlsoWhenTheFirstHangsUp()
    {
        byte[] file = RandomNumberGenerator.GetBytes(3_000_000);
        var arrived = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        await using OriginServer origin = await OriginServer.StartAsync(async context =>
        {
            context.Response.ContentLength = file.Length;
            await context.Response.Body.WriteAsync(file.AsMemory(0, 1_000_000), Token);
            arrived.SetResult();
            await goOn.Task.WaitAsync(TimeSpan.FromSeconds(20), Token);
            await context.Response.Body.WriteAsync(file.AsMemory(1_000_000), Token);
        });
        await using TestServer server = await GatewaySite.StartAsync();
        string path = $"/fetch/http/{origin.Host}/f";

        RawConnection first = await server.ConnectAsync();
        await first.SendAsync($"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n");
        await first.ReadUntilAsync("\r\n\r\n");
        Task<byte[]>[] others = [.. Enumerable.Range(0, 10).Select(_ => server.Client.GetByteArrayAsync(path, Token))];
        await arrived.Task.WaitAsync(TimeSpan.FromSeconds(20), Token);
        first.Reset();
        first.Dispose();
        goOn.SetResult();

        foreach (byte[] body in await Task.WhenAll(others))
            Assert.True(file.AsSpan().SequenceEqual(body));
        Assert.Single(origin.Requests);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nConnection: close\r\n\r\nonly a part")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n6\r\nonly a\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n6\r\nonly a\r\n9\r\n part")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n6\r\nonly a\r\nnonsense\r\n")]
    public async Task Get_TransferThatBreaks_NeitherLooksWholeNorIsKept(string broken)
    {
        await using var origin = new RawOrigin(broken);
        await using TestServer server = await GatewaySite.StartAsync();

        for (int i = 1; i <= 2; i++)
        {
            string answer = await server.ExchangeAsync($"GET /fetch/http/{origin.Host}/f HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
            if (answer.StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal))
            {
                Assert.True(answer.Contains("Content-Length: 1000\r\n", StringComparison.Ordinal) || answer.Contains("Transfer-Encoding: chunked\r\n", StringComparison.Ordinal));
                Assert.DoesNotContain("\r\n0\r\n", answer, StringComparison.Ordinal);
                Assert.True(answer.Length < 1000, answer);
            }
            else
            {
                Assert.True(answer.Length == 0 || answer.StartsWith("HTTP/1.1 502 ", StringComparison.Ordinal), answer);
            }

            Assert.Equal(i, origin.Connections);
        }

        Assert.Equal(0, await server.Blobs.ListAsync(Token).CountAsync(Token));
        Assert.Equal(0, await server.Entries.EnumerateAsync(Token).CountAsync(Token));
    }

    [Fact]
    public async Task Get_FileThatEndsWithItsConnection_IsPassedOnButNotKept()
    {
        await using var origin = new RawOrigin("HTTP/1.0 200 OK\r\n\r\nperhaps all of it");
        await using TestServer server = await GatewaySite.StartAsync();

        for (int i = 1; i <= 2; i++)
        {
            Assert.Equal("perhaps all of it", await server.Client.GetStringAsync($"/fetch/http/{origin.Host}/f", Token));
            Assert.Equal(i, origin.Connections);
        }

        Assert.Equal(0, await server.Entries.EnumerateAsync(Token).CountAsync(Token));
    }

    [Theory]
    [InlineData(404, HttpStatusCode.NotFound)]
    [InlineData(410, HttpStatusCode.NotFound)]
    [InlineData(401, HttpStatusCode.BadGateway)]
    [InlineData(403, HttpStatusCode.BadGateway)]
    [InlineData(204, HttpStatusCode.BadGateway)]
    [InlineData(206, HttpStatusCode.BadGateway)]
    [InlineData(304, HttpStatusCode.BadGateway)]
    [InlineData(500, HttpStatusCode.BadGateway)]
    [InlineData(503, HttpStatusCode.BadGateway)]
    public async Task Get_OriginHasNoFile_SaysSoInOneLine(int status, HttpStatusCode expected)
    {
        await using OriginServer origin = await OriginServer.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        await using TestServer server = await GatewaySite.StartAsync();

        using HttpResponseMessage answer = await server.Client.GetAsync($"/fetch/http/{origin.Host}/f", Token);
        using HttpResponseMessage head = await server.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, $"/fetch/http/{origin.Host}/f"), Token);

        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal(expected, head.StatusCode);
        await ErrorLine.AssertAsync(answer, $"{status}");
    }

    [Fact]
    public async Task Get_FileThatCannotBeStored_IsPassedOnWhole()
    {
        byte[] file = RandomNumberGenerator.GetBytes(500_000);
        await using OriginServer origin = await OriginServer.StartAsync(file);
        await using TestServer server = await TestServer.StartAsync(
            new CacheServerOptions { Gateway = Limited() }, blobs: inner => new UncommittableBlobStore(inner));

        Assert.Equal(file, await server.Client.GetByteArrayAsync($"/fetch/http/{origin.Host}/f", Token));
        Assert.Contains(server.Log.Lines, line => line.Text.Contains("nothing of it was stored (trace", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Get_NoRoomForTheTransfer_Is507_WithoutAStackTraceInTheLog()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["spool"], "not a folder", Token);
        await using OriginServer origin = await OriginServer.StartAsync(RandomNumberGenerator.GetBytes(1000));
        await using TestServer server = await GatewaySite.StartAsync(
            new GatewayOptions { Origins = [GatewaySite.Pattern("*:*")], AllowPrivateAddresses = true, SpoolFolder = folder["spool"] });

        using HttpResponseMessage answer = await server.Client.GetAsync($"/fetch/http/{origin.Host}/f", Token);

        Assert.Equal(HttpStatusCode.InsufficientStorage, answer.StatusCode);
        await ErrorLine.AssertAsync(answer, "room");
        Assert.DoesNotContain("Exception", Assert.Single(server.Log.Lines).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_NobodyListens_Is502()
    {
        using var origin = new ClosedPort();
        await using TestServer server = await GatewaySite.StartAsync();

        using HttpResponseMessage answer = await server.Client.GetAsync($"/fetch/http/{origin.Host}/f", Token);

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        await ErrorLine.AssertAsync(answer, "cannot be reached");
    }

    [Fact]
    public async Task Get_OriginThatSaysNothing_Is504()
    {
        await using var origin = new RawOrigin("HTTP/1.1 200 OK\r\n", thenSilent: true);
        await using TestServer server = await GatewaySite.StartAsync(Limited(firstByte: TimeSpan.FromMilliseconds(500)));

        using HttpResponseMessage answer = await server.Client.GetAsync($"/fetch/http/{origin.Host}/f", Token);

        Assert.Equal(HttpStatusCode.GatewayTimeout, answer.StatusCode);
        await ErrorLine.AssertAsync(answer, "gateway-timeout");
    }

    [Theory]
    [InlineData(200, 60_000)]
    [InlineData(60_000, 600)]
    public async Task Get_OriginThatStops_IsCutOff(int stallMs, int transferMs)
    {
        await using var origin = new RawOrigin("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart", thenSilent: true);
        await using TestServer server = await GatewaySite.StartAsync(
            Limited(stall: TimeSpan.FromMilliseconds(stallMs), transfer: TimeSpan.FromMilliseconds(transferMs)));

        string answer = await server.ExchangeAsync($"GET /fetch/http/{origin.Host}/f HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

        // A reset may overtake what was sent; what matters is that the end came, and that it is none of a whole answer.
        Assert.False(answer.EndsWith("part", StringComparison.Ordinal) && answer.Contains("Content-Length: 4\r\n", StringComparison.Ordinal));
        Assert.Equal(0, await server.Entries.EnumerateAsync(Token).CountAsync(Token));
    }

    [Fact]
    public async Task Get_OriginThatDrips_IsCutOff()
    {
        await using OriginServer origin = await OriginServer.StartAsync(async context =>
        {
            context.Response.ContentLength = 1_000_000;
            while (!context.RequestAborted.IsCancellationRequested)
            {
                await context.Response.Body.WriteAsync(new byte[1], Token);
                await Task.Delay(50, Token);
            }
        });
        await using TestServer server = await GatewaySite.StartAsync(Limited(stall: TimeSpan.FromSeconds(1), transfer: TimeSpan.FromMinutes(60)));

        await server.ExchangeAsync($"GET /fetch/http/{origin.Host}/f HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

        Assert.Equal(0, await server.Entries.EnumerateAsync(Token).CountAsync(Token));
    }

    [Fact]
    public async Task Get_FileThatIsTooLong_IsNotFetched()
    {
        await using OriginServer origin = await OriginServer.StartAsync(new byte[1001]);
        await using OriginServer chunked = await OriginServer.StartAsync(async context =>
        {
            for (int i = 0; i < 1000; i++)
                await context.Response.Body.WriteAsync(new byte[1000], Token);
        });
        await using TestServer server = await GatewaySite.StartAsync(Limited(maxBytes: 1000));

        using HttpResponseMessage answer = await server.Client.GetAsync($"/fetch/http/{origin.Host}/f", Token);
        string cut = await server.ExchangeAsync($"GET /fetch/http/{chunked.Host}/f HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        await ErrorLine.AssertAsync(answer, "gateway-max-size");
        Assert.DoesNotContain("\r\n0\r\n\r\n", cut, StringComparison.Ordinal);
        Assert.Equal(0, await server.Blobs.ListAsync(Token).CountAsync(Token));
    }

    [Fact]
    public async Task Get_TooManyTransfers_Is503()
    {
        var goOn = new TaskCompletionSource();
        await using OriginServer origin = await OriginServer.StartAsync(async context =>
        {
            await context.Response.Body.FlushAsync(Token);
            await goOn.Task.WaitAsync(TimeSpan.FromSeconds(20), Token);
        });
        await using TestServer server = await GatewaySite.StartAsync(Limited(maxTransfers: 1));

        using HttpResponseMessage first = await server.Client.GetAsync($"/fetch/http/{origin.Host}/1", HttpCompletionOption.ResponseHeadersRead, Token);
        using HttpResponseMessage second = await server.Client.GetAsync($"/fetch/http/{origin.Host}/2", Token);
        goOn.SetResult();

        Assert.Equal(HttpStatusCode.OK, first.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, second.StatusCode);
        Assert.Equal("10", second.Headers.RetryAfter!.ToString());
        await ErrorLine.AssertAsync(second, "gateway-max-transfers");
    }

    [Theory]
    [InlineData(5, HttpStatusCode.OK)]
    [InlineData(6, HttpStatusCode.BadGateway)]
    public async Task Get_Redirects_AreFollowedFiveTimes(int redirects, HttpStatusCode expected)
    {
        await using OriginServer origin = await OriginServer.StartAsync(context =>
        {
            int step = int.Parse(context.Request.Path.Value![1..]);
            if (step == redirects)
                return context.Response.WriteAsync("there", Token);
            context.Response.Redirect($"{step + 1}");
            return Task.CompletedTask;
        });
        await using TestServer server = await GatewaySite.StartAsync();

        using HttpResponseMessage answer = await server.Client.GetAsync($"/fetch/http/{origin.Host}/0", Token);

        Assert.Equal(expected, answer.StatusCode);
        Assert.Equal(6, origin.Requests.Count);
    }

    [Fact]
    public async Task Head_OfWhatIsNotHere_AsksTheOriginAndKeepsNothing()
    {
        await using OriginServer origin = await OriginServer.StartAsync(new byte[1234], "\"v1\"");
        await using TestServer server = await GatewaySite.StartAsync();

        using HttpResponseMessage answer = await server.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, $"/fetch/http/{origin.Host}/f"), Token);

        Assert.Equal(1234, answer.Content.Headers.ContentLength);
        Assert.Equal("\"v1\"", answer.Headers.ETag!.Tag);
        Assert.Equal("HEAD /f", Assert.Single(origin.Requests).Line);
        Assert.Equal(0, await server.Entries.EnumerateAsync(Token).CountAsync(Token));
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    public async Task OtherMethods_Are405(string method)
    {
        await using TestServer server = await GatewaySite.StartAsync();

        using HttpResponseMessage answer = await server.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/fetch/https/example.org/"), Token);

        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Equal(["GET", "HEAD"], answer.Content.Headers.Allow);
    }

    [Fact]
    public async Task Get_RangesAndPreconditions_AreAnsweredFromTheCopy_AlsoTheFirstTimeWhenTheOriginHasNoRanges()
    {
        await using OriginServer origin = await OriginServer.StartAsync("0123456789"u8.ToArray(), "\"v1\"");
        await using TestServer server = await GatewaySite.StartAsync();
        string path = $"/fetch/http/{origin.Host}/f";

        for (int i = 0; i < 2; i++)
        {
            using HttpResponseMessage part = await GetAsync(server, path, headers => headers.Range = new RangeHeaderValue(3, 5));
            Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
            Assert.Equal("bytes 3-5/10", part.Content.Headers.ContentRange!.ToString());
            Assert.Equal("345", await part.Content.ReadAsStringAsync(Token));
            await Eventually.IsTrueAsync(async () => await server.Entries.EnumerateAsync(Token).AnyAsync(Token));
        }

        using HttpResponseMessage beyond = await GetAsync(server, path, headers => headers.Range = new RangeHeaderValue(10, null));
        using HttpResponseMessage same = await GetAsync(server, path, headers => headers.IfNoneMatch.Add(new("\"v1\"")));
        using HttpResponseMessage other = await GetAsync(server, path, headers => headers.IfNoneMatch.Add(new("\"v2\"")));
        using HttpResponseMessage resumed = await GetAsync(server, path, headers =>
        {
            headers.Range = new RangeHeaderValue(8, null);
            headers.IfRange = new RangeConditionHeaderValue("\"v1\"");
        });
        using HttpResponseMessage stale = await GetAsync(server, path, headers =>
        {
            headers.Range = new RangeHeaderValue(8, null);
            headers.IfRange = new RangeConditionHeaderValue("\"v0\"");
        });

        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, beyond.StatusCode);
        Assert.Equal(HttpStatusCode.NotModified, same.StatusCode);
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
        Assert.Equal("89", await resumed.Content.ReadAsStringAsync(Token));
        Assert.Equal("0123456789", await stale.Content.ReadAsStringAsync(Token));

        // For the part, which it did not understand, and for the file.
        Assert.Equal(2, origin.Requests.Count);
    }

    [Fact]
    public async Task Get_ContentIsGone_IsFetchedAnew()
    {
        byte[] file = "content"u8.ToArray();
        await using OriginServer origin = await OriginServer.StartAsync(file);
        await using TestServer server = await GatewaySite.StartAsync();
        string path = $"/fetch/http/{origin.Host}/f";

        await server.Client.GetByteArrayAsync(path, Token);
        await server.Blobs.DeleteAsync(Digest.Compute(file), Token);

        Assert.Equal(file, await server.Client.GetByteArrayAsync(path, Token));
        Assert.Equal(2, origin.Requests.Count);
    }

    private static async Task<HttpResponseMessage> GetAsync(TestServer server, string path, Action<HttpRequestHeaders> change)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        change(request.Headers);
        return await server.Client.SendAsync(request, Token);
    }

    private static GatewayOptions Limited(
        TimeSpan? firstByte = null, TimeSpan? stall = null, TimeSpan? transfer = null, long maxBytes = 1 << 20, int maxTransfers = 32) => new()
        {
            Origins = [GatewaySite.Pattern("*:*")],
            AllowPrivateAddresses = true,
            FirstByteTimeout = firstByte ?? TimeSpan.FromSeconds(20),
            StallTimeout = stall ?? TimeSpan.FromSeconds(20),
            TransferTimeout = transfer ?? TimeSpan.FromSeconds(20),
            MaxFileBytes = maxBytes,
            MaxTransfers = maxTransfers,
        };
}
