using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using Shacache.Core.Blobs;
using Shacache.Http.Gateway.Origins;
using Shacache.Http.Tests.Gateway;
using Shacache.Http.Tests.Upstreams;
using Shacache.Testing.Blobs;
using Shacache.Testing.Upstreams;

namespace Shacache.Http.Tests.Content;

/// <summary>What is counted of answers with content, by every way on which it is sent.</summary>
public sealed class DeliveryTests
{
    private const int Length = 200_000;

    private readonly RecordingBlobNotes _notes = new();
    private readonly byte[] _content = RandomNumberGenerator.GetBytes(Length);

    private Digest Digest => Digest.Compute(_content);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Get_Stored_IsCountedByItsBytes()
    {
        await using TestServer server = await StartAsync(new CacheServerOptions());
        await server.Blobs.StoreAsync(Digest, _content, Token);
        await GetAsync(server, HttpMethod.Get);
        await GetAsync(server, HttpMethod.Get, request => request.Headers.Range = new RangeHeaderValue(0, 999));
        await GetAsync(server, HttpMethod.Get, request => request.Headers.Range = new RangeHeaderValue(0, Length / 2));
        await GetAsync(server, HttpMethod.Get, request => request.Headers.IfNoneMatch.Add(new EntityTagHeaderValue($"\"{Digest}\"")));
        await GetAsync(server, HttpMethod.Head);
        using HttpResponseMessage missing = await server.Client.GetAsync($"/shacache/{Digest.Compute([1])}", Token);
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        await AssertAsync(
            $"sent {Digest} 200000 requests 1 uses 1 wholes 1",
            $"sent {Digest} 1000 requests 1 uses 0 wholes 0",
            $"sent {Digest} 100001 requests 1 uses 1 wholes 0",
            $"sent {Digest} 0 requests 1 uses 0 wholes 0",
            "traffic Download requests 1 hits 0 sent 0 saved 0");
    }

    [Fact]
    public async Task Get_ClientHangsUp_IsCountedAsFarAsItWasSent()
    {
        byte[] large = new byte[64 << 20];
        await using TestServer server = await StartAsync(new CacheServerOptions());
        await server.Blobs.StoreAsync(Digest.Compute(large), large, Token);
        using (RawConnection connection = await server.ConnectAsync())
        {
            await connection.SendAsync($"GET /shacache/{Digest.Compute(large)} HTTP/1.1\r\nHost: x\r\n\r\n");
            await connection.ReadBytesAsync(1_000_000);
            connection.Reset();
        }

        string note = await WaitForAsync("sent ");
        long sent = long.Parse(note.Split(' ')[2]);
        Assert.InRange(sent, 900_000, large.Length - 1);
        Assert.Contains("wholes 0", note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_Gateway_MissIsTrafficAndHitIsSaved()
    {
        await using OriginServer origin = await OriginServer.StartAsync(_content, "\"v1\"");
        await using TestServer server = await StartAsync(new CacheServerOptions
        {
            Gateway = new GatewayOptions { Origins = [GatewaySite.Pattern("*:*")], AllowPrivateAddresses = true },
        });
        string path = $"/fetch/http/{origin.Host}/a/file.tar.gz";
        await server.Client.GetByteArrayAsync(path, Token);
        await server.Client.GetByteArrayAsync(path, Token);
        await AssertAsync(
            $"origin {Digest} Gateway",
            "traffic Gateway requests 1 hits 0 sent 200000 saved 0",
            $"sent {Digest} 200000 requests 1 uses 1 wholes 1");
    }

    [Fact]
    public async Task Get_Proximity_FillIsTrafficAndHitIsSaved()
    {
        await using var upstream = new ScriptedUpstream(exchange => exchange.ServeAsync(_content));
        await using TestServer server = await StartAsync(new CacheServerOptions { Proximity = ProximitySite.Options(upstream) });
        await server.Client.GetByteArrayAsync($"/shacache/{Digest}", Token);
        await WaitForAsync("origin ");
        await server.Client.GetByteArrayAsync($"/shacache/{Digest}", Token);
        await AssertAsync(
            $"origin {Digest} Proximity",
            "traffic Proximity requests 1 hits 0 sent 0 saved 0",
            "traffic Proximity requests 0 hits 0 sent 200000 saved 0",
            $"sent {Digest} 200000 requests 1 uses 1 wholes 1");
    }

    private Task<TestServer> StartAsync(CacheServerOptions options) => TestServer.StartAsync(options, files => new IndexedBlobStore(files, _notes));

    private async Task GetAsync(TestServer server, HttpMethod method, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(method, $"/shacache/{Digest}");
        change?.Invoke(request);
        using HttpResponseMessage answer = await server.Client.SendAsync(request, Token);
        await answer.Content.ReadAsByteArrayAsync(Token);
    }

    /// <summary>An answer is counted when it has ended, which its client may know a moment before.</summary>
    private async Task AssertAsync(params string[] expected)
    {
        await WaitUntilAsync(() => Counted().Length >= expected.Length);
        Assert.Equal(expected.Order(StringComparer.Ordinal), Counted().Order(StringComparer.Ordinal));
    }

    private string[] Counted() => [.. _notes.Notes.Where(note => note.Split(' ')[0] is "sent" or "traffic" or "origin")];

    private async Task<string> WaitForAsync(string beginning)
    {
        await WaitUntilAsync(() => _notes.Notes.Any(note => note.StartsWith(beginning, StringComparison.Ordinal)));
        return _notes.Notes.First(note => note.StartsWith(beginning, StringComparison.Ordinal));
    }

    private static async Task WaitUntilAsync(Func<bool> isSo)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Token);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (!isSo())
            await Task.Delay(10, patience.Token);
    }
}
