using System.Collections.Concurrent;
using Shacache.Cli.Serving.Storage;
using Shacache.Core.Blobs;
using Shacache.Core.Blobs.Repair;
using Shacache.Testing;

namespace Shacache.Tests.Serving;

/// <summary>What the scrub finds, and what becomes of it, on the embedded stores.</summary>
public sealed class ScrubTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly ManualTimeProvider _time = new();
    private readonly ScrubOptions _options = new();
    private readonly ConcurrentQueue<Digest> _healed = [];
    private EmbeddedStorage _storage = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private IRepairLog Log => _storage.Database.Repairs;

    public async ValueTask InitializeAsync() => await OpenAsync();

    public async ValueTask DisposeAsync()
    {
        await _storage.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task ScrubAsync_Everything_FindsExactlyWhatIsDamaged()
    {
        await StoreAsync(1..40);
        await ReopenAsync();
        int[] spoiled = [1, 7, 8, 21, 40];
        foreach (int number in spoiled)
            Spoil(number);

        ScrubReportDocument report = await _storage.Repair.ScrubAsync(null, null, new RepairTally(), Token);

        Assert.Equal((40L, 5L, 0L, 5L, 0L), (report.Objects, report.Found, report.Healed, report.Damaged, report.Unread));
        Assert.Equal(spoiled.Select(number => Name(number).ToString()).Order(), report.DamagedObjects.Select(one => one.Sha512).Order());
        Assert.All(spoiled, number => Assert.True(File.Exists(_folder["quarantine", Name(number).ToString()])));
        Assert.Equal(35, (await _storage.Database.BlobIndex.CountAsync(Token)).Count);
        foreach (int number in Enumerable.Range(1, 40))
            Assert.Equal(!spoiled.Contains(number), await _storage.Blobs.ExistsAsync(Name(number), Token));
    }

    [Fact]
    public async Task ScrubAsync_UploadedAgain_IsHealed()
    {
        await StoreAsync(1..3);
        Spoil(2);
        Assert.Equal(1, (await _storage.Repair.ScrubAsync(null, null, new RepairTally(), Token)).Damaged);
        await StoreAsync(2..2);
        ScrubReportDocument report = await _storage.Repair.ScrubAsync(null, null, new RepairTally(), Token);
        Assert.Equal((0L, 0L), (report.Found, report.Damaged));
        Assert.Equal([Name(2)], _healed);
        Assert.NotNull((await Log.FindAsync(Name(2), Token))?.HealedAt);
    }

    [Theory]
    [InlineData(2, "damaged")]
    [InlineData(1, "right")]
    [InlineData(9, "absent")]
    public async Task ScrubAsync_OneObject_SaysWhatItIs(int number, string state)
    {
        await StoreAsync(1..3);
        Spoil(2);
        ScrubReportDocument report = await _storage.Repair.ScrubAsync(Name(number), null, new RepairTally(), Token);
        Assert.Equal((state == "right", state == "damaged" ? 1L : 0L), (report.IsStored, report.Found));
    }

    [Fact]
    public async Task ScrubAsync_FileEmptyGoneOrUnknownToTheIndex_IsFound()
    {
        await StoreAsync(1..4);
        File.WriteAllBytes(PathOf(1), []);
        File.Delete(PathOf(2));
        File.WriteAllBytes(PathOf(9), [1, 2, 3]);
        Task<ScrubReportDocument> scrub = _storage.Repair.ScrubAsync(null, null, new RepairTally(), Token);
        await AdvanceUntilAsync(scrub, TimeSpan.FromSeconds(1));
        Assert.Equal(3, (await scrub).Found);
        Assert.Equal("its file is gone", (await Log.FindAsync(Name(2), Token))?.Reason);
        Assert.Contains("its 0 bytes", (await Log.FindAsync(Name(1), Token))?.Reason, StringComparison.Ordinal);
        Assert.Equal(2, (await _storage.Database.BlobIndex.CountAsync(Token)).Count);
    }

    [Fact]
    public async Task ScrubAsync_RemovedMeanwhile_IsNoDamage()
    {
        await StoreAsync(1..3);
        await _storage.Blobs.DeleteAsync(Name(2), Token);
        Assert.Equal(0, (await _storage.Repair.ScrubAsync(null, null, new RepairTally(), Token)).Found);
    }

    [Fact]
    public async Task DeleteAsync_Damaged_IsNotMissedAnyMore()
    {
        await StoreAsync(1..3);
        Spoil(2);
        await _storage.Repair.ScrubAsync(null, null, new RepairTally(), Token);
        await _storage.Blobs.DeleteAsync(Name(2), Token);
        await _storage.Damage.FlushAsync(Token);
        Assert.Equal(default, await Log.CountAsync(Token));
    }

    [Fact]
    public async Task OpenAsync_Damaged_IsRecordedAsByTheScrub()
    {
        await StoreAsync(1..30);
        await ReopenAsync();
        Spoil(1);
        Spoil(30);
        Assert.Null(await _storage.Blobs.OpenAsync(Name(1), Token));
        await using (IBlob? blob = await _storage.Blobs.OpenAsync(Name(30), Token))
        {
            if (blob is not null)
                await Assert.ThrowsAsync<BlobDamagedException>(async () => await blob.EnsureVerifiedAsync(Token));
        }

        await _storage.Damage.FlushAsync(Token);
        Assert.Equal(new DamageTotals(2, 0), await Log.CountAsync(Token));
    }

    [Fact]
    public async Task RunAsync_InTheBackground_ComparesWhatIsDueAndNothingElse()
    {
        await StoreAsync(1..20);
        await ReopenAsync();
        Spoil(3);
        using var stop = new CancellationTokenSource();
        Task running = _storage.Scrub.RunAsync(failure => Assert.Fail(failure.Message), stop.Token);
        _time.Advance(TimeSpan.FromMinutes(1));
        await Task.Yield();
        Assert.Null(await Log.FindPassAsync(Token));

        _time.Advance(_options.Interval);
        await AdvanceUntilAsync(async () => await Log.FindPassAsync(Token) is { EndedAt: not null }, TimeSpan.FromMilliseconds(200));

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await running);
        ScrubPass? pass = await Log.FindPassAsync(Token);
        Assert.Equal((20L, 1L), (pass!.Compared.Count, pass.Damaged));
        await _storage.Damage.FlushAsync(Token);
        Assert.NotNull(await Log.FindAsync(Name(3), Token));
    }

    [Fact]
    public async Task RunAsync_EndedInTheMiddle_GoesOnThereAfterARestart()
    {
        // At this rate there is a second between two objects.
        _options.BytesPerSecond = 100_000;
        await StoreAsync(31..40);
        _time.Advance(_options.Interval + TimeSpan.FromSeconds(1));
        using (var stop = new CancellationTokenSource())
        {
            Task running = _storage.Scrub.RunAsync(failure => Assert.Fail(failure.Message), stop.Token);
            await AdvanceUntilAsync(async () => await DueAsync() <= 5, TimeSpan.FromMilliseconds(500));
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await running);
        }

        await ReopenAsync();
        long left = await DueAsync();
        Assert.InRange(left, 1, 5);
        using (var stop = new CancellationTokenSource())
        {
            Task running = _storage.Scrub.RunAsync(failure => Assert.Fail(failure.Message), stop.Token);
            await AdvanceUntilAsync(async () => await Log.FindPassAsync(Token) is { EndedAt: not null }, TimeSpan.FromMilliseconds(500));
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await running);
        }

        // The count of the pass is that of its last page; nothing was compared twice.
        Assert.Equal(0, await DueAsync());
        Assert.InRange((await Log.FindPassAsync(Token))!.Compared.Count, left, 10);
    }

    [Fact]
    public async Task HealAsync_NobodyHasIt_IsTriedLaterAndLater()
    {
        var source = new Source();
        _storage.Healing.Source = source;
        await StoreAsync(1..1);
        Spoil(1);
        Assert.Equal(1, (await _storage.Repair.ScrubAsync(null, null, new RepairTally(), Token)).Damaged);
        List<TimeSpan> delays = [];
        for (int attempt = 0; attempt < 14; attempt++)
        {
            DamagedBlob blob = (await Log.FindAsync(Name(1), Token))!;
            delays.Add(blob.DueAt - _time.GetUtcNow());
            _time.Advance(delays[^1]);
            await _storage.Healing.HealAsync(await Log.ListDueAsync(_time.GetUtcNow(), 10, Token), Token);
        }

        Assert.Equal(15, source.Asked);
        Assert.Equal([10, 20, 40, 80], delays.Take(4).Select(delay => delay.TotalSeconds));
        Assert.Equal(TimeSpan.FromHours(6), delays[^1]);
        source.Bring = async digest => await _storage.Blobs.StoreAsync(digest, Content(1), Token);
        Assert.Equal(1, await _storage.Healing.HealAsync([(await Log.FindAsync(Name(1), Token))!], Token));
        Assert.Equal(new DamageTotals(0, 1), await Log.CountAsync(Token));
        Assert.Equal([Name(1)], _healed);
    }

    [Fact]
    public async Task CheckAsync_Whole_TotalsAgree()
    {
        await StoreAsync(1..25);
        CheckReportDocument report = await _storage.Repair.CheckAsync(new RepairTally(), Token);
        Assert.True(report.IsRight);
        Assert.Equal(report.Files, report.Index);
        Assert.Equal(25, report.Files.Objects);
        Assert.Equal((0L, 0L), (report.Repaired, report.Lost));
    }

    [Fact]
    public async Task CheckAsync_FilesLostAndAdded_PutsTheIndexRightAndSaysWhatIsLost()
    {
        await StoreAsync(1..25);
        File.Delete(PathOf(5));
        File.WriteAllBytes(PathOf(30), Content(30));
        Task<CheckReportDocument> check = _storage.Repair.CheckAsync(new RepairTally(), Token);
        await AdvanceUntilAsync(check, TimeSpan.FromSeconds(1));
        CheckReportDocument report = await check;
        Assert.False(report.IsRight);
        Assert.Equal((1L, 1L, 1L), (report.Repaired, report.Lost, report.Damaged));
        Assert.Equal(report.Files, report.Index);
        await StoreAsync(5..5);
        Assert.True((await _storage.Repair.CheckAsync(new RepairTally(), Token)).IsRight);
    }

    private static byte[] Content(int number)
    {
        // Of each way by which a file is verified: in memory, before it is opened, while it is sent.
        byte[] content = new byte[number > 30 ? 100_000 : number == 30 ? 5_000_000 : number > 20 ? 70_000 : 1000 + number];
        new Random(number).NextBytes(content);
        return content;
    }

    private static Digest Name(int number) => Digest.Compute(Content(number));

    private string PathOf(int number) => _folder["blobs", Name(number).ToString()[..2], Name(number).ToString()];

    private async Task StoreAsync(Range numbers)
    {
        for (int number = numbers.Start.Value; number <= numbers.End.Value; number++)
            await _storage.Blobs.StoreAsync(Name(number), Content(number), Token);
    }

    private void Spoil(int number)
    {
        using FileStream file = File.Open(PathOf(number), FileMode.Open, FileAccess.ReadWrite);
        file.Position = file.Length / 2;
        int old = file.ReadByte();
        file.Position--;
        file.WriteByte((byte)(old ^ 0x10));
    }

    private async Task<long> DueAsync()
    {
        await Task.Delay(1, Token);
        return (await _storage.Repair.DescribeScrubAsync(Token)).Due;
    }

    private async Task AdvanceUntilAsync(Task end, TimeSpan step) => await AdvanceUntilAsync(() => Task.FromResult(end.IsCompleted), step);

    private Task AdvanceUntilAsync(Func<Task<bool>> condition, TimeSpan step) => Eventually.IsTrueAsync(async () =>
    {
        if (await condition())
            return true;
        _time.Advance(step);
        return false;
    });

    private async Task ReopenAsync()
    {
        await _storage.DisposeAsync();
        await OpenAsync();
    }

    private async Task OpenAsync()
    {
        var options = new EmbeddedStorageOptions(_folder.Path) { MemoryCacheBytes = 1 << 20, Scrub = _options };
        _storage = await EmbeddedStorage.OpenAsync(options, _time, Token);
        _storage.Damage.OnHealed = _healed.Enqueue;
    }

    private sealed class Source : IBlobReplacement
    {
        private int _asked;

        public int Asked => _asked;

        public Func<Digest, Task>? Bring { get; set; }

        public async ValueTask<string?> BringAsync(Digest digest, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _asked);
            if (Bring is not { } bring)
                return "no upstream has it";
            await bring(digest);
            return null;
        }
    }
}
