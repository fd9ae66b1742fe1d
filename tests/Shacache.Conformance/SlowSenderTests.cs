using System.Diagnostics;
using System.Text;
using Shacache.Conformance.Server;
using Shacache.Conformance.Wire;

namespace Shacache.Conformance;

/// <summary>Clients that drip, and clients that do nothing, against a server with short timeouts: each is cut off, and no other client notices.</summary>
public class SlowSenderTests : IAsyncLifetime
{
    private const int Clients = 40;

    private readonly TemporaryFolder _folder = new();
    private readonly ServerStores _stores;
    private ServerProcess _server = null!;

    /// <summary>On servers with the stores they have by themselves.</summary>
    public SlowSenderTests()
        : this(ServerStores.Embedded)
    {
    }

    /// <summary>On servers with other stores.</summary>
    private protected SlowSenderTests(ServerStores stores) => _stores = stores;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _server = await ServerProcess.StartAsync(_folder.Data, [.. Settings.ShortTimeouts, .. await _stores.NewAsync()]);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_server is not null)
            await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task DrippedHeaders_AreCutOff()
    {
        await using var neighbour = new Neighbour(_server.Python);

        await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ =>
            DripUntilCutOffAsync($"POST /shacache HTTP/1.1\r\nHost: {_server.Url.Authority}\r\nX-Slow: ")));

        await neighbour.AssertUnharmedAsync();
    }

    [Theory]
    [InlineData("POST /shacache HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n")]
    [InlineData("POST /shacache HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nf4240\r\n")]
    [InlineData("PUT /shadir/slow HTTP/1.1\r\nContent-Length: 10000\r\n\r\n")]
    public async Task DrippedBody_IsCutOffAndStoresNothing(string head)
    {
        await using var neighbour = new Neighbour(_server.Python);
        string withHost = head.Replace("HTTP/1.1\r\n", $"HTTP/1.1\r\nHost: {_server.Url.Authority}\r\n", StringComparison.Ordinal);

        int[] sent = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => DripUntilCutOffAsync(withHost)));

        await neighbour.AssertUnharmedAsync();
        Assert.False(await _server.Python.ExistsAsync(Bytes.DigestOf(Encoding.ASCII.GetBytes(new string('x', sent.Max())))));
        Answer.HasStatus(404, await _server.Python.ListAsync("slow"));
    }

    [Fact]
    public async Task IdleConnections_AreClosedAndHinderNobody()
    {
        var idle = new List<WireConnection>();
        try
        {
            for (int i = 0; i < 600; i++)
            {
                idle.Add(await WireConnection.OpenAsync(_server.Url));
                if (i % 2 == 0)
                    await idle[^1].SendAsync("GET /shacache HT");
            }

            await using var neighbour = new Neighbour(_server.Python);
            foreach (WireConnection connection in idle)
            {
                WireResponse? response = await connection.TryReceiveAsync();
                Assert.True(response is null or { Status: 408 }, response?.ToString());
            }

            await neighbour.AssertUnharmedAsync();
        }
        finally
        {
            foreach (WireConnection connection in idle)
                await connection.DisposeAsync();
        }
    }

    /// <summary>Sends a byte now and then until the server has had enough.</summary>
    /// <returns>How many bytes the server let pass.</returns>
    private async Task<int> DripUntilCutOffAsync(string head)
    {
        await using WireConnection connection = await WireConnection.OpenAsync(_server.Url);
        await connection.SendAsync(head);
        var since = Stopwatch.StartNew();
        Task<WireResponse?> answer = connection.TryReceiveBeforeResetAsync();
        int sent = 0;
        while (!answer.IsCompleted && since.Elapsed < WireConnection.Limit && await connection.TrySendAsync("x"u8.ToArray()))
        {
            sent++;
            await Task.WhenAny(answer, Task.Delay(50, TestContext.Current.CancellationToken));
        }

        Assert.True(since.Elapsed < WireConnection.Limit, $"Still connected after {sent} bytes in {since.Elapsed.TotalSeconds:F0} s.");
        WireResponse? response = await answer;
        Assert.True(response is null or { Status: 408 or 400 }, response?.ToString());
        return sent;
    }
}
