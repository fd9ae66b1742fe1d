using Shacache.Conformance.Server;
using Shacache.Conformance.Wire;

namespace Shacache.Conformance.Elsewhere;

/// <summary>A disk that is full to the last byte under the tier of a node: clients notice nothing, also when the node starts on it.</summary>
public sealed class FullTierTests : IAsyncLifetime
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
    public async Task FullTier_UploadsAndDownloadsGoOn_AlsoAfterAKill()
    {
        (string, string)[] stores = await ServerStores.Elsewhere.NewAsync();
        var ledger = new StoreLedger();
        await using (ServerProcess server = await ServerProcess.StartAsync(Data, stores))
        {
            // More than the disk takes, and read, so that the tier wants it.
            for (int i = 0; i < 16; i++)
                await StoreAsync(server, ledger, 4_000_000);
            await ledger.AssertKeptAsync(server);
            FillUp();
            foreach (int lengthBytes in (int[])[0, 1, 4096, 300_000, 8_000_000])
                await StoreAsync(server, ledger, lengthBytes);
            await ledger.AssertKeptAsync(server);
            Assert.True(await server.IsHealthyAsync());
            await server.KillAsync();
        }

        await using ServerProcess again = await ServerProcess.StartAsync(Data, stores);
        FillUp();
        await ledger.AssertKeptAsync(again);
        await StoreAsync(again, ledger, 300_000);
        await ledger.AssertKeptAsync(again);
        Assert.DoesNotContain("   at ", again.Output, StringComparison.Ordinal);
    }

    private static async Task StoreAsync(ServerProcess server, StoreLedger ledger, int lengthBytes)
    {
        Assert.Equal(201, (await ledger.UploadAsync(server, Bytes.Fresh(lengthBytes)))?.Status);
        Assert.Equal(201, (await ledger.PutEntryAsync(server, Bytes.FreshKey(), Entries.FreshInformation()))?.Status);
    }

    private void FillUp()
    {
        byte[] page = new byte[4096];
        using FileStream ballast = new(Path.Combine(_disk.Path, "ballast"), FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        try
        {
            while (true)
                ballast.Write(page);
        }
        catch (IOException)
        {
            // Full.
        }
    }
}
