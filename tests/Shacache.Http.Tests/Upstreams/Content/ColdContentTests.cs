using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Shacache.Core.Blobs;
using Shacache.Testing.Upstreams;

namespace Shacache.Http.Tests.Upstreams.Content;

/// <summary>Content that is not here and comes from good upstreams.</summary>
public sealed class ColdContentTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(65_536)]
    [InlineData(65_537)]
    [InlineData(1_000_000)]
    public async Task Get_ColdObject_IsServedStoredAndThenAHit(int length)
    {
        byte[] content = RandomNumberGenerator.GetBytes(length);
        string path = PathOf(content);
        await using ScriptedUpstream upstream = ScriptedUpstream.Serving(content);
        await using TestServer server = await ProximitySite.StartAsync(upstream);

        using HttpResponseMessage cold = await server.Client.GetAsync(path, Token);
        byte[] body = await cold.Content.ReadAsByteArrayAsync(Token);
        await StoredAsync(server, content);
        using HttpResponseMessage warm = await server.Client.GetAsync(path, Token);

        Assert.Equal(HttpStatusCode.OK, cold.StatusCode);
        Assert.Equal(content, body);
        Assert.Equal(length, cold.Content.Headers.ContentLength);
        Assert.Equal("bytes", cold.Headers.AcceptRanges.ToString());
        Assert.Equal("application/octet-stream", cold.Content.Headers.ContentType!.ToString());
        Assert.Equal("MISS", Assert.Single(cold.Headers.GetValues("X-Cache")));
        Assert.Equal("upstream-0", Assert.Single(cold.Headers.GetValues("X-Cache-Upstream")));
        Assert.Equal("HIT", Assert.Single(warm.Headers.GetValues("X-Cache")));
        Assert.Equal(content, await warm.Content.ReadAsByteArrayAsync(Token));
        Assert.Single(upstream.Requests);
    }

    [Fact]
    public async Task Get_PlainServer_SaysNothingOfCaches()
    {
        await using TestServer server = await TestServer.StartAsync();

        using HttpResponseMessage answer = await server.Client.GetAsync(PathOf([1]), Token);

        Assert.False(answer.Headers.Contains("X-Cache"));
    }

    [Fact]
    public async Task Get_FiftyClients_ShareOneTransfer_WheneverTheyCome()
    {
        byte[] content = RandomNumberGenerator.GetBytes(4_000_000);
        var half = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        await using var upstream = new ScriptedUpstream(async exchange =>
        {
            await exchange.SendHeadAsync(content.Length);
            await exchange.SendAsync(content.AsMemory(0, 2_000_000));
            half.SetResult();
            await goOn.Task.WaitAsync(Patience, Token);
            await exchange.SendAsync(content.AsMemory(2_000_000));
        });
        await using TestServer server = await ProximitySite.StartAsync(upstream);

        Task<byte[]>[] early = [.. Enumerable.Range(0, 25).Select(_ => server.Client.GetByteArrayAsync(PathOf(content), Token))];
        await half.Task.WaitAsync(Patience, Token);
        Task<byte[]>[] late = [.. Enumerable.Range(0, 25).Select(_ => server.Client.GetByteArrayAsync(PathOf(content), Token))];
        goOn.SetResult();

        foreach (byte[] body in await Task.WhenAll(early.Concat(late)))
            AssertSame(content, body);
        Assert.Single(upstream.Requests);
    }

    [Fact]
    public async Task Get_UpstreamDrips_ClientGetsWhatIsThere_AndTheLastPieceOnlyAtTheEnd()
    {
        byte[] content = RandomNumberGenerator.GetBytes(500_000);
        var goOn = new TaskCompletionSource();
        await using ScriptedUpstream upstream = PausingAfter(100_000, content, goOn.Task);
        await using TestServer server = await ProximitySite.StartAsync(upstream);

        using HttpResponseMessage answer = await server.Client.GetAsync(PathOf(content), HttpCompletionOption.ResponseHeadersRead, Token);
        await using Stream body = await answer.Content.ReadAsStreamAsync(Token);
        byte[] received = new byte[content.Length];
        await body.ReadExactlyAsync(received.AsMemory(0, 100_000), Token).AsTask().WaitAsync(Patience, Token);
        goOn.SetResult();
        await body.ReadExactlyAsync(received.AsMemory(100_000), Token);

        Assert.Equal(content.Length, answer.Content.Headers.ContentLength);
        AssertSame(content, received);
    }

    [Fact]
    public async Task Get_RangeOfColdObject_IsServedAsSoonAsItsBytesAreThere()
    {
        byte[] content = RandomNumberGenerator.GetBytes(500_000);
        var goOn = new TaskCompletionSource();
        await using ScriptedUpstream upstream = PausingAfter(200_000, content, goOn.Task);
        await using TestServer server = await ProximitySite.StartAsync(upstream);

        using HttpResponseMessage part = await GetAsync(server, content, headers => headers.Range = new RangeHeaderValue(1000, 150_000));
        byte[] body = await part.Content.ReadAsByteArrayAsync(Token).WaitAsync(Patience, Token);
        goOn.SetResult();
        using HttpResponseMessage rest = await GetAsync(server, content, headers => headers.Range = new RangeHeaderValue(490_000, null));

        Assert.Equal(HttpStatusCode.PartialContent, part.StatusCode);
        Assert.Equal("bytes 1000-150000/500000", part.Content.Headers.ContentRange!.ToString());
        AssertSame(content[1000..150_001], body);
        AssertSame(content[490_000..], await rest.Content.ReadAsByteArrayAsync(Token));
        Assert.Single(upstream.Requests);
    }

    [Fact]
    public async Task Head_OfColdObject_AsksUpstreamAndFillsNothing()
    {
        byte[] content = RandomNumberGenerator.GetBytes(1234);
        await using ScriptedUpstream upstream = ScriptedUpstream.Serving(content);
        await using TestServer server = await ProximitySite.StartAsync(upstream);

        using HttpResponseMessage answer = await server.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, PathOf(content)), Token);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(1234, answer.Content.Headers.ContentLength);
        Assert.Equal("MISS", Assert.Single(answer.Headers.GetValues("X-Cache")));
        Assert.Equal("HEAD", Assert.Single(upstream.Requests).Method);
        Assert.Equal(0, await server.Blobs.ListAsync(Token).CountAsync(Token));
    }

    [Fact]
    public async Task Head_UpstreamKnowsNoHead_IsAskedWithGet()
    {
        byte[] content = RandomNumberGenerator.GetBytes(1234);
        await using var upstream = new ScriptedUpstream(exchange => exchange.Request.Method == "HEAD" ? exchange.AnswerAsync(405) : exchange.ServeAsync(content));
        await using TestServer server = await ProximitySite.StartAsync(upstream);

        using HttpResponseMessage answer = await server.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, PathOf(content)), Token);

        Assert.Equal(1234, answer.Content.Headers.ContentLength);
    }

    [Fact]
    public async Task Get_NobodyHasIt_Is404_AndRememberedForAWhile()
    {
        byte[] content = [1, 2, 3];
        await using ScriptedUpstream first = ScriptedUpstream.Serving();
        await using ScriptedUpstream second = ScriptedUpstream.Serving();
        await using TestServer server = await ProximitySite.StartAsync(first, second);

        for (int i = 0; i < 3; i++)
        {
            using HttpResponseMessage answer = await server.Client.GetAsync(PathOf(content), Token);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
            Assert.Equal("MISS", Assert.Single(answer.Headers.GetValues("X-Cache")));
            await ErrorLine.AssertAsync(answer, "upstream");
        }

        Assert.Single(first.Requests);
        Assert.Single(second.Requests);

        // What is put here meanwhile is here.
        using HttpResponseMessage put = await server.Client.PutAsync(PathOf(content), new ByteArrayContent(content), Token);
        Assert.Equal(content, await server.Client.GetByteArrayAsync(PathOf(content), Token));
    }

    [Fact]
    public async Task Get_SecondUpstreamHasIt_ComesFromThere()
    {
        byte[] content = RandomNumberGenerator.GetBytes(100_000);
        await using ScriptedUpstream first = ScriptedUpstream.Serving();
        await using ScriptedUpstream second = ScriptedUpstream.Serving(content);
        await using TestServer server = await ProximitySite.StartAsync(first, second);

        using HttpResponseMessage answer = await server.Client.GetAsync(PathOf(content), Token);

        Assert.Equal("upstream-1", Assert.Single(answer.Headers.GetValues("X-Cache-Upstream")));
        AssertSame(content, await answer.Content.ReadAsByteArrayAsync(Token));
    }

    [Theory]
    [InlineData(5, HttpStatusCode.OK)]
    [InlineData(6, HttpStatusCode.BadGateway)]
    public async Task Get_Redirects_AreFollowedFiveTimes(int redirects, HttpStatusCode expected)
    {
        byte[] content = RandomNumberGenerator.GetBytes(1000);
        await using var upstream = new ScriptedUpstream(exchange => exchange.Request.Number <= redirects
            ? exchange.AnswerAsync(302, $"Location: /elsewhere/{exchange.Request.Number}\r\n")
            : exchange.ServeAsync(content));
        await using TestServer server = await ProximitySite.StartAsync(upstream);

        using HttpResponseMessage answer = await server.Client.GetAsync(PathOf(content), Token);

        Assert.Equal(expected, answer.StatusCode);
    }

    [Fact]
    public async Task Get_RedirectToAnotherScheme_IsNotFollowed()
    {
        await using var upstream = new ScriptedUpstream(exchange => exchange.AnswerAsync(302, "Location: ftp://127.0.0.1/x\r\n"));
        await using TestServer server = await ProximitySite.StartAsync(upstream);

        using HttpResponseMessage answer = await server.Client.GetAsync(PathOf([1]), Token);

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        await ErrorLine.AssertAsync(answer, "neither http nor https");
    }

    [Fact]
    public async Task Get_ChunkedUpstream_ClientGetsALengthNevertheless()
    {
        byte[] content = RandomNumberGenerator.GetBytes(100_000);
        await using var upstream = new ScriptedUpstream(async exchange =>
        {
            await exchange.SendAsync($"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{content.Length:x}\r\n");
            await exchange.SendAsync(content);
            await exchange.SendAsync("\r\n0\r\n\r\n");
        });
        await using TestServer server = await ProximitySite.StartAsync(upstream);

        using HttpResponseMessage answer = await server.Client.GetAsync(PathOf(content), HttpCompletionOption.ResponseHeadersRead, Token);

        Assert.Equal(content.Length, answer.Content.Headers.ContentLength);
        AssertSame(content, await answer.Content.ReadAsByteArrayAsync(Token));
    }

    [Fact]
    public async Task Get_OldClientOnCold_GetsConnectionClose()
    {
        byte[] content = RandomNumberGenerator.GetBytes(1000);
        await using ScriptedUpstream upstream = ScriptedUpstream.Serving(content);
        await using TestServer server = await ProximitySite.StartAsync(upstream);

        string answer = await server.ExchangeAsync($"GET {PathOf(content)} HTTP/1.1\r\nHost: x\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n");

        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Length: 1000\r\n", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nAccept-Ranges: bytes\r\n", answer, StringComparison.Ordinal);
    }

    /// <summary>Without printing them.</summary>
    internal static void AssertSame(byte[] expected, byte[] actual) => Assert.True(expected.AsSpan().SequenceEqual(actual), "Other bytes were sent.");

    internal static string PathOf(byte[] content) => $"/shacache/{Digest.Compute(content)}";

    /// <summary>The client may have the whole before the disk has: waits until it is stored.</summary>
    /// <summary>An upstream that sends the beginning, and the rest once it is told to.</summary>
    private static ScriptedUpstream PausingAfter(int count, byte[] content, Task goOn) => new(async exchange =>
    {
        await exchange.SendHeadAsync(content.Length);
        await exchange.SendAsync(content.AsMemory(0, count));
        await goOn.WaitAsync(Patience, Token);
        await exchange.SendAsync(content.AsMemory(count));
    });

    internal static async Task StoredAsync(TestServer server, byte[] content)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(Patience);
        while (true)
        {
            await using IBlob? blob = await server.Blobs.OpenAsync(Digest.Compute(content), patience.Token);
            if (blob is not null)
                return;
            await Task.Delay(5, patience.Token);
        }
    }

    private static async Task<HttpResponseMessage> GetAsync(TestServer server, byte[] content, Action<HttpRequestHeaders> change)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, PathOf(content));
        change(request.Headers);
        return await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Token);
    }
}
