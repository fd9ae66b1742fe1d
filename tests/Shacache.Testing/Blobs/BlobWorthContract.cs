using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Savings;
using Shacache.Core.Upstreams;
using Shacache.Testing.Entries;

namespace Shacache.Testing.Blobs;

/// <summary>What every <see cref="IBlobIndex"/> knows of the worth of blobs, and what it counts of them. A backend inherits it.</summary>
public abstract class BlobWorthContract : StoreContract
{
    private BlobNotes? _notes;

    /// <summary>The index under test, empty at the beginning of each test.</summary>
    protected IBlobIndex Index => Database.BlobIndex;

    /// <summary>What is noted for the index.</summary>
    protected BlobNotes Notes => LazyInitializer.EnsureInitialized(ref _notes, () => new BlobNotes(Index, Time, Database.Savings));

    [Fact]
    public async Task OrderByAsync_Cost_WhatIsDearForItsSizeAndUsedGoesLast()
    {
        await Index.OrderByAsync(EvictionOrder.Cost, Token);
        await StoreAsync(1, 1_000_000);
        Notes.NoteOrigin(Blob(1), CacheKind.Proximity, TimeSpan.FromSeconds(100));
        await StoreAsync(2, 1_000_000);
        await StoreAsync(3, 1_000_000);
        await StoreAsync(4, 10_000_000);
        await PutAsync("file-urlmd5:4", Blob(4), new EntryWorth(TimeSpan.FromHours(5), default));
        Notes.NoteSent(Blob(3), 1_000_000, BlobSent.Of(1_000_000, 600_000));
        await StoreAsync(5, 500_000_000);
        Assert.Equal([5, 2, 3, 1, 4], await ListAsync(5));
    }

    [Fact]
    public async Task OrderByAsync_Cost_OlderThanWhatWasEvictedGoesFirst()
    {
        await Index.OrderByAsync(EvictionOrder.Cost, Token);
        await StoreAsync(1, 100_000);
        await StoreAsync(2, 120_000);
        await Index.NoteEvictedAsync((await Index.FindAsync(Blob(1), Token))!.Value.Rank, Token);
        await StoreAsync(3, 5_000_000);
        Assert.Equal([2, 1, 3], await ListAsync(3));
    }

    [Fact]
    public async Task OrderByAsync_ThereAndBack_RanksWhatIsThere()
    {
        for (int number = 0; number < 1300; number++)
        {
            Notes.NoteStored(Blob(number), 1000 + (10_000 * (number % 7)));
            Time.Advance(TimeSpan.FromMilliseconds(1));
        }

        await Notes.FlushAsync(Token);
        await OrderByAsync(EvictionOrder.Cost);
        BlobUsage[] byCost = [.. await ListUsagesAsync()];
        Assert.Equal(1300, byCost.Length);
        Assert.Equal(byCost.Select(usage => -Math.Max(4096, usage.LengthBytes)).Order(), byCost.Select(usage => -Math.Max(4096, usage.LengthBytes)));
        await OrderByAsync(EvictionOrder.LeastRecent);
        Assert.Equal(Enumerable.Range(0, 1300), await ListAsync(1300));
    }

    [Fact]
    public async Task OrderByAsync_Cancelled_GoesOnWhenItIsCalledAgain()
    {
        for (int number = 0; number < 2000; number++)
            Notes.NoteStored(Blob(number), 1000);
        await Notes.FlushAsync(Token);
        using var stopped = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task first = Index.OrderByAsync(EvictionOrder.Cost, stopped.Token).AsTask();
        await stopped.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        await OrderByAsync(EvictionOrder.Cost);
        Assert.All(await ListUsagesAsync(), usage => Assert.True(BlobRank.IsOf(EvictionOrder.Cost, usage.Rank)));
    }

    [Theory]
    [InlineData(EvictionOrder.LeastRecent)]
    [InlineData(EvictionOrder.Cost)]
    public async Task PostponeAsync_First_IsLastAndNotUsed(EvictionOrder order)
    {
        await Index.OrderByAsync(order, Token);
        await StoreAsync(1, 3_000_000);
        await StoreAsync(2, 2_000_000);
        await StoreAsync(3, 1_000_000);
        BlobUsage before = (await Index.FindAsync(Blob(1), Token))!.Value;
        Time.Advance(TimeSpan.FromSeconds(1));
        await Index.PostponeAsync([Blob(1), Blob(99)], Token);
        BlobUsage after = (await Index.FindAsync(Blob(1), Token))!.Value;
        Assert.Equal(before, after with { Rank = before.Rank });
        List<int> found = await ListAsync(3);
        Assert.Equal(2, found[0]);
        Assert.True(after.Rank >= (await Index.FindAsync(Blob(3), Token))!.Value.Rank);
    }

    [Fact]
    public async Task NoteSent_ManyKinds_AreSavedByHowTheyCame()
    {
        await StoreAsync(1, 1000);
        await PutAsync("pypi:x", Blob(1), default);
        await PutAsync("0123456789abcdef0123456789abcdef", Blob(2), new EntryWorth(TimeSpan.FromMinutes(10), default), release: true);
        await StoreAsync(2, 1000);
        Notes.NoteStored(Blob(3), 1000);
        Notes.NoteOrigin(Blob(3), CacheKind.Gateway, TimeSpan.FromSeconds(4));
        await Notes.FlushAsync(Token);
        foreach (int number in new[] { 1, 2, 3, 3 })
            Notes.NoteSent(Blob(number), 1000, BlobSent.Of(1000, 1000));
        Notes.NoteSent(Blob(2), 1000, BlobSent.Of(1000, 500));
        Notes.NoteSent(Blob(3), 1000, BlobSent.Of(1000, 0));
        Notes.NoteTraffic(new Traffic(CacheKind.Gateway, 2, 0, 300), savedBytes: 100);
        List<Saving> told = [];
        Notes.OnSaved = told.AddRange;
        await Notes.FlushAsync(Token);

        IReadOnlyList<Saving> byCache = await Database.Savings.ReadAsync(SavingsBy.Cache, DateOnly.MinValue, Token);
        Assert.Equal(
            [
                new Saving(null, CacheKind.Download, null, 1000, default, default),
                new Saving(null, CacheKind.Binary, null, 1500, TimeSpan.FromMinutes(10), default),
                new Saving(null, CacheKind.Gateway, null, 2100, default, TimeSpan.FromSeconds(8)),
            ],
            byCache);
        Assert.Equal(
            ["other 3500", "pypi: 1000", "file-urlmd5: 100"],
            (await Database.Savings.ReadAsync(SavingsBy.Prefix, DateOnly.MinValue, Token)).Select(saving => $"{saving.Prefix} {saving.Bytes}"));
        Assert.Equal(byCache.Sum(saving => saving.Bytes), told.Sum(saving => saving.Bytes));
        Assert.Equal(byCache.Sum(saving => saving.DownloadTime.TotalSeconds), told.Sum(saving => saving.DownloadTime.TotalSeconds));
        Assert.Equal(
            [new Traffic(CacheKind.Download, 1, 1, 1000), new Traffic(CacheKind.Binary, 2, 2, 1500), new Traffic(CacheKind.Gateway, 5, 3, 2300)],
            (await Database.Savings.ReadTrafficAsync(TrafficSpan.Day, DateTimeOffset.UnixEpoch, Token)).Select(row => row.Traffic));
        Assert.Equal(2, (await Index.FindAsync(Blob(3), Token))?.Uses);
    }

    [Fact]
    public async Task NoteOrigin_ListedByAnUpstream_IsOfThatPrefix()
    {
        SignedEntry entry = EntryGenerators.Entry($$"""{"sha512": "{{Blob(1)}}"}""", "");
        DateTimeOffset now = Time.GetUtcNow();
        await Database.UpstreamListings.ReplaceAsync(new UpstreamListing(EntryKey.Create("pypi:x"), [entry], "site", now, default, now), Token);
        await StoreAsync(1, 1000);
        Notes.NoteOrigin(Blob(1), CacheKind.Proximity, TimeSpan.FromSeconds(1));
        Notes.NoteSent(Blob(1), 1000, BlobSent.Of(1000, 1000));
        await Notes.FlushAsync(Token);
        Assert.Equal(
            [new Saving(null, null, "pypi:", 1000, default, TimeSpan.FromSeconds(1))],
            await Database.Savings.ReadAsync(SavingsBy.Prefix, DateOnly.MinValue, Token));
    }

    [Fact]
    public async Task NoteSent_BlobThatIsGone_IsSavedAllTheSame()
    {
        await StoreAsync(1, 1000);
        Notes.NoteSent(Blob(1), 1000, BlobSent.Of(1000, 1000));
        Notes.NoteDeleted(Blob(1));
        Notes.NoteSent(Blob(1), 1000, BlobSent.Of(1000, 1000));
        Notes.NoteSent(Blob(2), null, BlobSent.Of(1000, 10));
        await Notes.FlushAsync(Token);
        Assert.Equal(2010, (await Database.Savings.ReadAsync(SavingsBy.Nothing, DateOnly.MinValue, Token))[0].Bytes);
        Assert.Equal(default, await Index.CountAsync(Token));
    }

    [Fact]
    public async Task FindTopAsync_MoreThanAPage_HasThose()
    {
        const int Count = 5000;
        for (int number = 1; number <= Count; number++)
            Notes.NoteStored(Blob(number), number);
        await Notes.FlushAsync(Token);
        foreach (int number in new[] { 7, 9, 9, Count })
            Notes.NoteSent(Blob(number), number, BlobSent.Of(number, number));
        Notes.NoteUploader(Blob(3), "alice");
        Notes.NoteUploader(Blob(4), "alice");
        await PutAsync("pypi:x", Blob(1), default);
        await Notes.FlushAsync(Token);

        Assert.Equal([Count, Count - 1], await TopAsync(BlobTop.Largest, 2));
        Assert.Equal([9], await TopAsync(BlobTop.MostRead, 1));
        Assert.Equal([7, 9, Count], (await TopAsync(BlobTop.MostRead, 10)).Order());
        Assert.Equal([Count - 1, Count - 2], await TopAsync(BlobTop.NeverRead, 2));
        const long All = (long)Count * (Count + 1) / 2;
        Assert.Equal([new BlobGroup(KeyPrefix.Other, Count - 1, All - 1, 4), new BlobGroup("pypi:", 1, 1, 0)], await Index.FindTopGroupsAsync(BlobGrouping.Prefix, 10, Token));
        Assert.Equal([new BlobGroup(null, Count - 2, All - 7, 4), new BlobGroup("alice", 2, 7, 0)], await Index.FindTopGroupsAsync(BlobGrouping.Account, 10, Token));
        Assert.Single(await Index.FindTopGroupsAsync(BlobGrouping.Account, 1, Token));

        async Task<List<int>> TopAsync(BlobTop by, int limit) => [.. (await Index.FindTopAsync(by, limit, Token)).Select(usage => (int)usage.LengthBytes)];
    }

    protected override async Task EndAsync()
    {
        if (_notes is not null)
            await _notes.DisposeAsync();
        _notes = null;
    }

    private static Digest Blob(int number) => Digest.Compute(BitConverter.GetBytes(number));

    private async Task StoreAsync(int number, long lengthBytes)
    {
        Notes.NoteStored(Blob(number), lengthBytes);
        await Notes.FlushAsync(Token);
    }

    private async Task PutAsync(string key, Digest digest, EntryWorth worth, bool release = false)
    {
        string more = release ? """, "software_url": "https://example.org/x" """ : "";
        SignedEntry entry = EntryGenerators.Entry($$"""{"sha512": "{{digest}}"{{more}}}""", "");
        Assert.Equal(EntryAddition.Added, await Database.AddEntryAsync(EntryKey.Create(key), entry, null, null, worth, Token));
    }

    /// <summary>The pauses of the work are of the clock that stands still.</summary>
    private async Task OrderByAsync(EvictionOrder order)
    {
        Task work = Index.OrderByAsync(order, Token).AsTask();
        while (!work.IsCompleted)
        {
            Time.Advance(TimeSpan.FromSeconds(10));
            await Task.WhenAny(work, Task.Delay(1, Token));
        }

        await work;
    }

    private async Task<List<BlobUsage>> ListUsagesAsync()
    {
        await Notes.FlushAsync(Token);
        List<BlobUsage> all = [];
        await foreach (BlobUsage usage in Index.ListLeastRecentlyUsedAsync(Token))
            all.Add(usage);
        return all;
    }

    private async Task<List<int>> ListAsync(int count)
    {
        Dictionary<Digest, int> numbers = Enumerable.Range(0, count + 1).ToDictionary(Blob);
        return [.. (await ListUsagesAsync()).Select(usage => numbers[usage.Digest])];
    }
}
