using Shacache.Conformance.Server;
using Shacache.Conformance.Wire;

namespace Shacache.Conformance;

/// <summary>SIGTERM in the middle of an upload: it is finished, acknowledged, and kept.</summary>
public class StopTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ServerStores _stores;

    /// <summary>On servers with the stores they have by themselves.</summary>
    public StopTests()
        : this(ServerStores.Embedded)
    {
    }

    /// <summary>On servers with other stores.</summary>
    private protected StopTests(ServerStores stores) => _stores = stores;

    /// <inheritdoc/>
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _folder.Dispose();
    }

    [Fact]
    public async Task Stop_RunningUpload_IsFinishedAndKept()
    {
        byte[] content = Bytes.Fresh(2_000_000);
        (string, string)[] stores = await _stores.NewAsync();
        await using (ServerProcess server = await ServerProcess.StartAsync(_folder.Data, stores))
        {
            await using WireConnection connection = await WireConnection.OpenAsync(server.Url);
            // The interim answer shows that the request is running.
            await connection.SendAsync(
                $"POST /shacache HTTP/1.1\r\nHost: {server.Url.Authority}\r\nContent-Length: {content.Length}\r\nExpect: 100-continue\r\n\r\n");
            Assert.Equal("HTTP/1.1 100 Continue", await connection.ReadLineAsync());
            Assert.Equal("", await connection.ReadLineAsync());
            await connection.SendAsync(content.AsMemory(0, 1_000_000));

            server.RequestStop();
            await AssertTakesNoMoreConnectionsAsync(server);
            await connection.SendAsync(content.AsMemory(1_000_000));

            WireResponse response = await connection.ReceiveAsync();
            Answer.HasStatus(201, response);
            Assert.Equal(Bytes.DigestOf(content), response.Text);
            await server.WaitForEndAsync();
            Assert.Equal(0, server.ExitCode);
        }

        await using ServerProcess next = await ServerProcess.StartAsync(_folder.Data, stores);
        Assert.Equal(content, (await next.Python.DownloadAsync(Bytes.DigestOf(content))).Body);
    }

    [Fact]
    public async Task Stop_ClientsThatDoNothing_GoBeforeTheTimeIsUp()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(
            _folder.Data, [("SHACACHE_SHUTDOWN_TIMEOUT", "50s"), ("SHACACHE_MIN_UPLOAD_RATE", "0"), ("SHACACHE_HEADER_TIMEOUT", "10m"), .. await _stores.NewAsync()]);
        var clients = new List<WireConnection>();
        try
        {
            for (int i = 0; i < 30; i++)
            {
                clients.Add(await WireConnection.OpenAsync(server.Url));
                await clients[^1].SendAsync(i % 2 == 0 ? "GET /sha" : $"POST /shacache HTTP/1.1\r\nHost: {server.Url.Authority}\r\nContent-Length: 300000\r\n\r\nabc");
            }

            await server.StopAsync();
        }
        finally
        {
            foreach (WireConnection client in clients)
                await client.DisposeAsync();
        }

        Assert.Equal(0, server.ExitCode);
        Assert.DoesNotContain("were still running", server.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", server.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stop_ClientsSlowerThanTheMinimumRate_GoBeforeTheTimeIsUp()
    {
        await using ServerProcess server = await ServerProcess.StartAsync(
            _folder.Data, [("SHACACHE_SHUTDOWN_TIMEOUT", "90s"), ("SHACACHE_RATE_GRACE_PERIOD", "10m"), .. await _stores.NewAsync()]);
        await using WireConnection client = await WireConnection.OpenAsync(server.Url);
        await client.SendAsync($"POST /shacache HTTP/1.1\r\nHost: {server.Url.Authority}\r\nContent-Length: 300000\r\n\r\nabc");
        using var stop = new CancellationTokenSource();
        Task dripping = DripAsync(client, stop.Token);

        await server.StopAsync();
        await stop.CancelAsync();
        await dripping;

        Assert.Equal(0, server.ExitCode);
        Assert.DoesNotContain("were still running", server.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", server.Output, StringComparison.Ordinal);
    }

    private static async Task DripAsync(WireConnection client, CancellationToken cancellationToken)
    {
        try
        {
            while (!cancellationToken.IsCancellationRequested)
            {
                await client.SendAsync("d");
                await Task.Delay(500, cancellationToken);
            }
        }
        catch (Exception e) when (e is IOException or System.Net.Sockets.SocketException or OperationCanceledException)
        {
            // It was cut off, or the server is gone.
        }
    }

    private static async Task AssertTakesNoMoreConnectionsAsync(ServerProcess server)
    {
        DateTimeOffset end = DateTimeOffset.UtcNow + WireConnection.Limit;
        while (await server.IsHealthyAsync())
        {
            Assert.True(DateTimeOffset.UtcNow < end, "The server was told to stop and goes on taking connections.");
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }
}
