using Shacache.Conformance.Server;
using Shacache.Conformance.Wire;

namespace Shacache.Conformance;

/// <summary>A full disk: 507, reading goes on, nothing is lost, and uploads work again once there is room.</summary>
public sealed class DiskFullTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private SmallDisk _disk = null!;

    private string Data => Path.Combine(_disk.Path, "data");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => _disk = await SmallDisk.MountAsync(Path.Combine(_folder.Path, "small"));

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_disk is not null)
            await _disk.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task FullDisk_Returns507_AndLosesNothing()
    {
        var ledger = new StoreLedger();
        await using (ServerProcess server = await ServerProcess.StartAsync(Data))
        {
            await ledger.PutEntryAsync(server, "before", Entries.FreshInformation());
            foreach (int lengthBytes in (int[])[4_000_000, 300_000, 20_000, 4096, 1])
                await FillAsync(server, ledger, lengthBytes);
            WireResponse? entry;
            int entries = 0;
            do
                entry = await ledger.PutEntryAsync(server, $"full:{entries++}", Entries.FreshInformation(new string('x', 100_000)));
            while (entry?.Status == 201 && entries < 1000);
            Assert.NotNull(entry);
            Answer.IsOneLineError(507, entry);
            await ledger.AssertKeptAsync(server);
            Assert.Equal(200, (await server.Python.ListAsync("before")).Status);
        }

        await using (ServerProcess restarted = await ServerProcess.StartUnwellAsync(Data))
        {
            await ledger.AssertKeptAsync(restarted);

            await _disk.GrowAsync();

            WireResponse? response = await ledger.UploadAsync(restarted, Bytes.Fresh(4_000_000));
            Assert.Equal(201, response?.Status);
            response = await ledger.PutEntryAsync(restarted, "after", Entries.FreshInformation());
            Assert.Equal(201, response?.Status);
            await ledger.AssertKeptAsync(restarted);
        }
    }

    /// <summary>Asks until it is not well, since an answer stands for a second, and for at most a minute.</summary>
    private static async Task<HttpResponseMessage> AskForHealthAsync(HttpClient client)
    {
        for (int attempt = 0; ; attempt++)
        {
            HttpResponseMessage health = await client.GetAsync("/healthz", TestContext.Current.CancellationToken);
            if ((int)health.StatusCode != 200 || attempt == 600)
                return health;
            health.Dispose();
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task FullDisk_HealthAndGatewaySaySo_AndTheLogHasNoStackTraces()
    {
        var ledger = new StoreLedger();
        await using ServerProcess origin = await ServerProcess.StartAsync(Path.Combine(_folder.Path, "origin"));
        byte[][] files = [Bytes.Fresh(100), Bytes.Fresh(300_000), Bytes.Fresh(3_000_000)];
        foreach (byte[] file in files)
            await origin.Python.UploadAsync(file);
        await using ServerProcess server = await ServerProcess.StartAsync(
            Data, ("SHACACHE_GATEWAY_ORIGINS", origin.Url.Authority), ("SHACACHE_GATEWAY_ALLOW_PRIVATE", "true"));
        using var client = new HttpClient { BaseAddress = server.Url };
        foreach (int lengthBytes in (int[])[4_000_000, 300_000, 20_000, 4096, 1])
            await FillAsync(server, ledger, lengthBytes);

        using HttpResponseMessage health = await AskForHealthAsync(client);
        Assert.Equal(503, (int)health.StatusCode);
        Assert.Contains("No space left on device", await health.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        foreach (byte[] file in files)
        {
            // Whatever room came back meanwhile is taken again.
            await FillAsync(server, ledger, 4096);
            await FillAsync(server, ledger, 1);
            using HttpResponseMessage fetched = await client.GetAsync(
                $"/fetch/http/{origin.Url.Authority}/shacache/{Bytes.DigestOf(file)}", TestContext.Current.CancellationToken);
            Assert.Equal(507, (int)fetched.StatusCode);
        }

        Assert.DoesNotContain("   at ", server.Output, StringComparison.Ordinal);
        await _disk.GrowAsync();
        Assert.Equal(files[1], await client.GetByteArrayAsync(
            $"/fetch/http/{origin.Url.Authority}/shacache/{Bytes.DigestOf(files[1])}", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task FullDisk_RoomAgainWithoutRestart_WorksAgain()
    {
        var ledger = new StoreLedger();
        await using ServerProcess server = await ServerProcess.StartAsync(Data);
        foreach (int lengthBytes in (int[])[4_000_000, 300_000, 20_000, 4096, 1])
            await FillAsync(server, ledger, lengthBytes);

        await _disk.GrowAsync();

        Assert.Equal(201, (await ledger.UploadAsync(server, Bytes.Fresh(4_000_000)))?.Status);
        Assert.Equal(201, (await ledger.PutEntryAsync(server, "after", Entries.FreshInformation()))?.Status);
        await ledger.AssertKeptAsync(server);
    }

    /// <summary>Uploads objects of one length until the server says that there is no room for another.</summary>
    private static async Task FillAsync(ServerProcess server, StoreLedger ledger, int lengthBytes)
    {
        WireResponse? response;
        int uploads = 0;
        do
            response = await ledger.UploadAsync(server, Bytes.Fresh(lengthBytes));
        while (response?.Status == 201 && ++uploads < 20_000);
        Assert.NotNull(response);
        Answer.IsOneLineError(507, response);
    }
}
