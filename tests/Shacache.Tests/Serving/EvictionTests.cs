using Shacache.Cli.Serving.Storage;
using Shacache.Core.Blobs;
using Shacache.Core.Savings;
using Shacache.Testing;

namespace Shacache.Tests.Serving;

/// <summary>What goes when the store is full, and what stays, on the embedded stores with a clock of the test's.</summary>
public sealed class EvictionTests : IAsyncLifetime
{
    private const int BlobBytes = 10_000;

    private readonly TemporaryFolder _folder = new();
    private readonly ManualTimeProvider _time = new();
    private readonly StoreBudgetOptions _options = new() { MaxBytes = 20 * BlobBytes, MinFree = new DiskReserve(0, 100), Grace = TimeSpan.Zero };
    private readonly List<EvictionOutcome> _outcomes = [];
    private EmbeddedStorage _storage = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await OpenAsync();

    public async ValueTask DisposeAsync()
    {
        await _storage.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task MakeRoomAsync_AtTheLimit_RemovesNothing()
    {
        await StoreAsync(1..20);
        await _storage.Eviction.MakeRoomAsync(Token);
        Assert.Equal(Enumerable.Range(1, 20), await ListAsync());
        Assert.Empty(_outcomes);
    }

    [Fact]
    public async Task MakeRoomAsync_AboveTheLimit_RemovesTheLeastRecentlyUsedDownTo95PerCent()
    {
        await StoreAsync(1..22);
        await UseAsync(1);
        await _storage.Eviction.MakeRoomAsync(Token);
        Assert.Equal([1, .. Enumerable.Range(5, 18)], await ListAsync());
        Assert.Equal([new EvictionOutcome(3, 3 * BlobBytes, Exhaustion.None)], _outcomes);
        Assert.Equal(new BlobTotals(19, 19 * BlobBytes), await _storage.Database.BlobIndex.CountAsync(Token));
    }

    [Fact]
    public async Task MakeRoomAsync_ByCost_RemovesWhatIsCheapToGetBack()
    {
        _options.Order = EvictionOrder.Cost;
        await _storage.OrderIndexAsync(Token);
        await StoreAsync(1..22);
        foreach (int number in new[] { 1, 2, 3 })
            _storage.Blobs.Uses.NoteOrigin(Digest.Compute(Content(number)), CacheKind.Proximity, TimeSpan.FromMinutes(number));
        await UseAsync(5);
        await _storage.Eviction.MakeRoomAsync(Token);
        List<int> stayed = [.. await ListAsync()];
        Assert.Equal(19, stayed.Count);
        Assert.Equal([1, 2, 3, 5], stayed.Intersect([1, 2, 3, 5]));

        // What comes after so much was evicted is worth more than what did not go then and is not used any more.
        await StoreAsync(23..26);
        await _storage.Eviction.MakeRoomAsync(Token);
        List<int> later = [.. await ListAsync()];
        Assert.Equal(19, later.Count);
        Assert.Equal([1, 2, 3, 5, 23, 24, 25, 26], later.Intersect([1, 2, 3, 5, 23, 24, 25, 26]));
    }

    [Fact]
    public async Task MakeRoomAsync_ShownButNotUsed_GoesInItsTurn()
    {
        await StoreAsync(1..22);
        Assert.True(await _storage.Blobs.ExistsAsync(Digest.Compute(Content(1)), Token));
        await (await _storage.Blobs.OpenAsync(Digest.Compute(Content(2)), Token))!.DisposeAsync();
        _time.Advance(TimeSpan.FromSeconds(1));
        await _storage.Eviction.MakeRoomAsync(Token);
        Assert.Equal(Enumerable.Range(4, 19), await ListAsync());
    }

    [Fact]
    public async Task MakeRoomAsync_ShownOrStoredWithinTheGrace_Stays()
    {
        _options.Grace = TimeSpan.FromHours(1);
        await StoreAsync(1..10);
        _time.Advance(TimeSpan.FromHours(2));
        await StoreAsync(11..22);
        Assert.True(await _storage.Blobs.ExistsAsync(Digest.Compute(Content(2)), Token));
        await (await _storage.Blobs.OpenAsync(Digest.Compute(Content(3)), Token))!.DisposeAsync();
        await _storage.Eviction.MakeRoomAsync(Token);
        Assert.Equal([2, 3, .. Enumerable.Range(6, 17)], await ListAsync());
    }

    [Fact]
    public async Task MakeRoomAsync_AllIsWithinTheGrace_RefusesUploadsUntilSomeIsNot()
    {
        _options.Grace = TimeSpan.FromHours(1);
        await StoreAsync(1..21);
        await _storage.Eviction.MakeRoomAsync(Token);
        await _storage.Eviction.MakeRoomAsync(Token);
        Assert.Equal([new EvictionOutcome(0, 0, Exhaustion.OfLimit)], _outcomes);
        StoreLimitException e = Assert.Throws<StoreLimitException>(() => _storage.Blobs.EnsureRoom(null));
        Assert.Contains("max-store-size", e.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<StoreLimitException>(() => StoreAsync(22..22));

        _time.Advance(TimeSpan.FromHours(2));
        await _storage.Eviction.MakeRoomAsync(Token);
        Assert.Equal(Enumerable.Range(3, 19), await ListAsync());
        await StoreAsync(22..22);
    }

    [Fact]
    public async Task MakeRoomAsync_SomeButNotAllOfItMayGo_AcceptsUploadsBelowTheLimit()
    {
        _options.Grace = TimeSpan.FromHours(1);
        await StoreAsync(1..1);
        _time.Advance(TimeSpan.FromHours(2));
        await StoreAsync(2..21);
        await _storage.Eviction.MakeRoomAsync(Token);
        Assert.Equal(Enumerable.Range(2, 20), await ListAsync());
        Assert.Equal([new EvictionOutcome(1, BlobBytes, Exhaustion.None)], _outcomes);
        await StoreAsync(22..22);
    }

    [Fact]
    public async Task MakeRoomAsync_ClockWasSetBack_TheFutureProtectsNothing()
    {
        _options.Grace = TimeSpan.FromHours(1);
        await StoreAsync(1..22);
        _time.Set(-TimeSpan.FromDays(1));
        await _storage.Eviction.MakeRoomAsync(Token);
        Assert.Equal(Enumerable.Range(4, 19), await ListAsync());
    }

    [Fact]
    public async Task MakeRoomAsync_DiskIsShort_LeavesAGibibyteAndRefusesUploads()
    {
        _options.MinFree = new DiskReserve(null, 100);
        await StoreAsync(1..5);
        await _storage.Eviction.MakeRoomAsync(Token);
        Assert.Equal(Enumerable.Range(1, 5), await ListAsync());
        Assert.Equal([new EvictionOutcome(0, 0, Exhaustion.OfDisk)], _outcomes);
        StoreLimitException e = await Assert.ThrowsAsync<StoreLimitException>(() => StoreAsync(6..6));
        Assert.Contains("min-free-space", e.Message, StringComparison.Ordinal);

        // Others made room: that is noticed by the next upload, not by the next look.
        _options.MinFree = new DiskReserve(0, 100);
        await StoreAsync(6..6);
        await _storage.Eviction.MakeRoomAsync(Token);
        Assert.Equal(Exhaustion.None, _outcomes[^1].Exhaustion);
    }

    [Fact]
    public void EnsureRoom_LargerThanTheStore_IsRefusedAtOnce()
    {
        StoreLimitException e = Assert.Throws<StoreLimitException>(() => _storage.Blobs.EnsureRoom((20 * BlobBytes) + 1));
        Assert.Contains("max-store-size", e.Message, StringComparison.Ordinal);
        _storage.Blobs.EnsureRoom(20 * BlobBytes);
        _storage.Blobs.EnsureRoom(null);
    }

    [Fact]
    public async Task IsIndexInDoubt_NoOrderlyEnd_UntilItIsRebuilt()
    {
        Assert.False(_storage.IsIndexInDoubt);
        await StoreAsync(1..3);
        await _storage.DisposeAsync();
        await OpenAsync();
        Assert.False(_storage.IsIndexInDoubt);
        await _storage.DisposeAsync();

        // As a crash leaves it.
        await File.WriteAllBytesAsync(_folder["running"], [], Token);
        await OpenAsync();
        Assert.True(_storage.IsIndexInDoubt);
        await _storage.DisposeAsync();
        await OpenAsync();
        Assert.True(_storage.IsIndexInDoubt);
        Assert.Equal(new BlobTotals(3, 3 * BlobBytes), await _storage.RebuildIndexAsync(verifiesAll: false, Token));
        Assert.False(_storage.IsIndexInDoubt);
    }

    private static byte[] Content(int number)
    {
        byte[] content = new byte[BlobBytes];
        BitConverter.TryWriteBytes(content, number);
        return content;
    }

    private async Task OpenAsync()
    {
        _storage = await EmbeddedStorage.OpenAsync(new EmbeddedStorageOptions(_folder.Path) { Budget = _options, MemoryCacheBytes = 1 << 20 }, _time, Token);
        _storage.Eviction.OnOutcome = _outcomes.Add;
    }

    private async Task StoreAsync(Range numbers)
    {
        for (int number = numbers.Start.Value; number <= numbers.End.Value; number++)
        {
            byte[] content = Content(number);
            await _storage.Blobs.StoreAsync(Digest.Compute(content), content, Token);
            _time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    private async Task UseAsync(int number)
    {
        var digest = Digest.Compute(Content(number));
        await (await _storage.Blobs.OpenAsync(digest, Token))!.DisposeAsync();
        _storage.Blobs.NoteUse(digest, BlobBytes);
    }

    private async Task<IEnumerable<int>> ListAsync()
    {
        Dictionary<Digest, int> numbers = Enumerable.Range(1, 30).ToDictionary(number => Digest.Compute(Content(number)));
        List<int> stored = [];
        await foreach (BlobInfo blob in _storage.Blobs.ListAsync(Token))
            stored.Add(numbers[blob.Digest]);
        return stored.Order();
    }
}
