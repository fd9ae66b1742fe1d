using System.Diagnostics;
using Shacache.Conformance.Server;
using Shacache.Conformance.Wire;

namespace Shacache.Conformance;

/// <summary>SIGKILL while clients upload: what was acknowledged is kept, and nothing is ever half there.</summary>
public class CrashTests : IDisposable
{
    private const int Rounds = 20;
    private const int Uploaders = 5;
    private const int Indexers = 3;
    private static readonly int[] Lengths = [0, 1, 100, 4096, 4097, 65_536, 200_000, 1_000_000, 3_000_000, 10_000_000];

    private readonly TemporaryFolder _folder = new();
    private readonly ServerStores _stores;

    /// <summary>On servers with the stores they have by themselves.</summary>
    public CrashTests()
        : this(ServerStores.Embedded)
    {
    }

    /// <summary>On servers with other stores.</summary>
    private protected CrashTests(ServerStores stores) => _stores = stores;

    /// <inheritdoc/>
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _folder.Dispose();
    }

    [Theory]
    [InlineData(41)]
    public async Task Kill_TwentyTimesDuringUploads_LosesNothingThatWasAcknowledged(int seed)
    {
        var random = new Random(seed);
        var all = new StoreLedger();
        (string, string)[] stores = await _stores.NewAsync();
        for (int round = 0; round < Rounds; round++)
        {
            if (round % 4 == 3)
                await KillDuringStartAsync(stores, random.Next(400));
            await using (ServerProcess server = await ServerProcess.StartAsync(_folder.Data, stores))
                await KillDuringLoadAsync(server, all, seed * 1000 + round, random.Next(10, 80), random.Next(150));
        }

        await using ServerProcess last = await ServerProcess.StartAsync(_folder.Data, stores);
        long storedBytes = await all.AssertKeptAsync(last);
        Assert.True(all.AcknowledgedBlobs > Rounds, $"Only {all.AcknowledgedBlobs} objects were acknowledged.");
        Assert.True(all.AcknowledgedEntries > Rounds, $"Only {all.AcknowledgedEntries} entries were acknowledged.");
        Assert.True(all.UnacknowledgedBlobs > Rounds, $"Only {all.UnacknowledgedBlobs} uploads were interrupted.");
        long onDiskBytes = Directory.GetFiles(_folder.Data, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length);
        // The database and its logs, which hold more entries the faster the machine is; 20 rounds of leftovers would be 400 MB.
        // A tier has what was read, and not all of that when nothing was read again.
        Assert.InRange(onDiskBytes - storedBytes, _stores.AreEmbedded ? 0 : -storedBytes, (24 * ServerMemory.MiB) + (3 * all.EntryBytes));
        TestContext.Current.SendDiagnosticMessage($"{onDiskBytes - storedBytes} bytes beside the content, {all.EntryBytes} of them entries.");
    }

    private async Task KillDuringStartAsync((string, string)[] stores, int delayMs)
    {
        await using ServerProcess server = ServerProcess.Launch(_folder.Data, stores);
        await Task.Delay(delayMs, TestContext.Current.CancellationToken);
        await server.KillAsync();
    }

    /// <summary>
    /// The kill comes once the server has acknowledged a number of requests, so that a slow machine tests the same, and then a moment later,
    /// which falls anywhere in the requests that are running.
    /// </summary>
    private static async Task KillDuringLoadAsync(ServerProcess server, StoreLedger ledger, int seed, int acknowledgements, int delayMs)
    {
        if (ledger.AcknowledgedBlobs > 0)
            await ledger.AssertKeptAsync(server);
        Task[] clients =
        [
            .. Enumerable.Range(0, Uploaders).Select(i => Task.Run(() => UploadAsync(server, ledger, new Random(seed * 10 + i)))),
            .. Enumerable.Range(0, Indexers).Select(i => Task.Run(() => IndexAsync(server, ledger, new Random(seed * 10 + Uploaders + i)))),
        ];
        int target = ledger.Acknowledgements + acknowledgements;
        var since = Stopwatch.StartNew();
        while (ledger.Acknowledgements < target && since.Elapsed < WireConnection.Limit && !clients.Any(c => c.IsFaulted))
            await Task.Delay(2, TestContext.Current.CancellationToken);
        await Task.Delay(delayMs, TestContext.Current.CancellationToken);
        await server.KillAsync();
        await Task.WhenAll(clients);
    }

    private static async Task UploadAsync(ServerProcess server, StoreLedger ledger, Random random)
    {
        WireResponse? response;
        do
        {
            byte[] content = new byte[Lengths[random.Next(Lengths.Length)]];
            random.NextBytes(content);
            response = await ledger.UploadAsync(server, content);
            Assert.True(response is null or { Status: 201 }, response?.ToString());
        }
        while (response is not null);
    }

    private static async Task IndexAsync(ServerProcess server, StoreLedger ledger, Random random)
    {
        WireResponse? response;
        do
        {
            response = await ledger.PutEntryAsync(server, $"crash:{random.Next(50)}", Entries.FreshInformation(new string('x', random.Next(3000))));
            Assert.True(response is null or { Status: 201 }, response?.ToString());
        }
        while (response is not null);
    }
}
