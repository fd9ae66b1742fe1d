using System.Security.Cryptography;
using Shacache.Conformance.Server;
using Shacache.Conformance.Wire;

namespace Shacache.Conformance;

/// <summary>Resident memory (ServerMemory says what that is) does not follow the size of an object, nor the number of slow clients.</summary>
public class MemoryTests : IAsyncLifetime
{
    private const long ObjectBytes = 1L << 30;
    private const int SlowClients = 256;

    private readonly TemporaryFolder _folder = new();
    private readonly ServerStores _stores;
    private ServerProcess _server = null!;

    /// <summary>On servers with the stores they have by themselves.</summary>
    public MemoryTests()
        : this(ServerStores.Embedded)
    {
    }

    /// <summary>On servers with other stores.</summary>
    private protected MemoryTests(ServerStores stores) => _stores = stores;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Memory is read from /proc.");
        // On a busy machine the slow clients of this test are slower than any minimum.
        _server = await ServerProcess.StartAsync(_folder.Data, [("SHACACHE_MIN_DOWNLOAD_RATE", "0"), ("SHACACHE_MIN_UPLOAD_RATE", "0"), .. await _stores.NewAsync()]);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        if (_server is not null)
            await _server.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task OneGibibyte_UpAndDownAndTo256SlowClients_StaysWithinItsBounds()
    {
        byte[] small = Bytes.Fresh(1000);
        await _server.Python.UploadAsync(small);
        await _server.Python.DownloadAsync(Bytes.DigestOf(small));
        long idle = _server.Memory.ResidentBytes;

        _server.Memory.ResetPeak();
        string digest = await UploadAsync();
        long upload = _server.Memory.PeakBytes - idle;

        _server.Memory.ResetPeak();
        await DownloadAsync(digest);
        long download = _server.Memory.PeakBytes - idle;

        _server.Memory.ResetPeak();
        await DownloadSlowlyAsync(digest);
        long slow = _server.Memory.PeakBytes - idle;

        string grown = $"Grown by {upload / ServerMemory.MiB} MiB (upload), {download / ServerMemory.MiB} MiB (download), " +
            $"{slow / ServerMemory.MiB} MiB ({SlowClients} slow clients) above {idle / ServerMemory.MiB} MiB.";
        TestContext.Current.SendDiagnosticMessage(grown);
        // S3 takes an object in parts, of which a few are in memory.
        long bound = (_stores.AreEmbedded ? 64 : 128) * ServerMemory.MiB;
        Assert.True(upload < bound && download < bound && slow < 2 * bound, grown);
    }

    private async Task<string> UploadAsync()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        byte[] part = Bytes.Fresh(1 << 20);
        await using WireConnection connection = await WireConnection.OpenAsync(_server.Url);
        await connection.SendAsync($"POST /shacache HTTP/1.1\r\nHost: {_server.Url.Authority}\r\nContent-Length: {ObjectBytes}\r\nConnection: close\r\n\r\n");
        for (long sent = 0; sent < ObjectBytes; sent += part.Length)
        {
            BitConverter.TryWriteBytes(part, sent);
            Task sending = connection.SendAsync(part);
            hash.AppendData(part);
            await sending;
        }

        string digest = Convert.ToHexStringLower(hash.GetHashAndReset());
        WireResponse response = await connection.ReceiveAsync();
        Answer.HasStatus(201, response);
        Assert.Equal(digest, response.Text);
        return digest;
    }

    private async Task DownloadAsync(string digest)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        byte[] part = new byte[64 * 1024];
        await using WireConnection connection = await RequestAsync(digest, receiveBufferBytes: 0);
        while (await connection.ReadAsync(part) is > 0 and var count)
            hash.AppendData(part, 0, count);
        Assert.Equal(digest, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    private async Task DownloadSlowlyAsync(string digest)
    {
        await using var neighbour = new Neighbour(_server.Python);
        WireConnection[] clients = await Task.WhenAll(Enumerable.Range(0, SlowClients).Select(_ => RequestAsync(digest, receiveBufferBytes: 8192)));
        byte[] part = new byte[16 * 1024];
        for (int round = 0; round < 60; round++)
        {
            foreach (WireConnection client in clients)
                Assert.True(await client.ReadAsync(part) > 0, "The server gave up a slow client that goes on reading.");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        await neighbour.AssertUnharmedAsync();
        foreach (WireConnection client in clients)
            client.Abort();
    }

    private async Task<WireConnection> RequestAsync(string digest, int receiveBufferBytes)
    {
        WireConnection connection = await WireConnection.OpenAsync(_server.Url, receiveBufferBytes);
        await connection.SendAsync($"GET /shacache/{digest} HTTP/1.1\r\nHost: {_server.Url.Authority}\r\nConnection: close\r\n\r\n");
        WireResponse? head = await connection.ReceiveHeadAsync();
        Assert.Equal(ObjectBytes.ToString(), head?.Header("Content-Length"));
        return connection;
    }
}
