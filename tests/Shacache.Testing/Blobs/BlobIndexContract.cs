using Shacache.Core.Blobs;

namespace Shacache.Testing.Blobs;

/// <summary>The rules that every <see cref="IBlobIndex"/> obeys. A backend inherits them.</summary>
public abstract class BlobIndexContract : StoreContract
{
    private BlobNotes? _notes;

    /// <summary>The index under test, empty at the beginning of each test.</summary>
    protected IBlobIndex Index => Database.BlobIndex;

    /// <summary>What is noted for the index.</summary>
    protected BlobNotes Notes => LazyInitializer.EnsureInitialized(ref _notes, () => new BlobNotes(Index, Time));

    [Fact]
    public async Task FindAsync_NothingNoted_IsNull()
    {
        Assert.Null(await Index.FindAsync(Blob(1), Token));
        Assert.Equal(default, await Index.CountAsync(Token));
        Assert.Empty(await ListAsync());
    }

    [Fact]
    public async Task NoteStored_Flushed_IsFoundAndCounted()
    {
        DateTimeOffset storedAt = Time.GetUtcNow();
        Notes.NoteStored(Blob(1), 10);
        Notes.NoteStored(Blob(2), 5_000_000_000);
        await Notes.FlushAsync(Token);
        Assert.Equal(new BlobUsage(Blob(1), 10, storedAt, storedAt, storedAt), await FindTimesAsync(Blob(1)));
        Assert.Equal(new BlobTotals(2, 5_000_000_010), await Index.CountAsync(Token));
    }

    [Fact]
    public async Task NoteStored_Again_CountsOnceAndRestartsItsUse()
    {
        DateTimeOffset storedAt = Time.GetUtcNow();
        Notes.NoteStored(Blob(1), 10);
        await Notes.FlushAsync(Token);
        Time.Advance(TimeSpan.FromDays(1));
        Notes.NoteStored(Blob(1), 10);
        await Notes.FlushAsync(Token);
        Assert.Equal(new BlobUsage(Blob(1), 10, storedAt, Time.GetUtcNow(), Time.GetUtcNow()), await FindTimesAsync(Blob(1)));
        Assert.Equal(new BlobTotals(1, 10), await Index.CountAsync(Token));
    }

    [Fact]
    public async Task NoteUsed_KnownBlob_MovesItsLastUse()
    {
        DateTimeOffset storedAt = Time.GetUtcNow();
        Notes.NoteStored(Blob(1), 10);
        Time.Advance(TimeSpan.FromMinutes(1));
        Notes.NoteUsed(Blob(1), 10);
        await Notes.FlushAsync(Token);
        Assert.Equal(new BlobUsage(Blob(1), 10, storedAt, storedAt.AddMinutes(1), storedAt.AddMinutes(1)), await FindTimesAsync(Blob(1)));

        Time.Advance(TimeSpan.FromMinutes(1));
        Notes.NoteUsed(Blob(1), 10);
        await Notes.FlushAsync(Token);
        Assert.Equal(storedAt.AddMinutes(2), (await Index.FindAsync(Blob(1), Token))?.LastUsedAt);
        Assert.Equal(new BlobTotals(1, 10), await Index.CountAsync(Token));
    }

    [Fact]
    public async Task NoteUsed_UnknownBlob_AdoptsIt()
    {
        Notes.NoteUsed(Blob(1), 10);
        await Notes.FlushAsync(Token);
        Assert.Equal(new BlobUsage(Blob(1), 10, Time.GetUtcNow(), Time.GetUtcNow(), Time.GetUtcNow()), await FindTimesAsync(Blob(1)));
        Assert.Equal(new BlobTotals(1, 10), await Index.CountAsync(Token));
    }

    [Fact]
    public async Task NoteShown_KnownBlob_IsNoUse()
    {
        DateTimeOffset storedAt = Time.GetUtcNow();
        Notes.NoteStored(Blob(1), 10);
        await Notes.FlushAsync(Token);
        foreach (long? lengthBytes in new long?[] { 10, null })
        {
            Time.Advance(TimeSpan.FromMinutes(1));
            Notes.NoteShown(Blob(1), lengthBytes);
            await Notes.FlushAsync(Token);
            Assert.Equal(new BlobUsage(Blob(1), 10, storedAt, storedAt, Time.GetUtcNow()), await FindTimesAsync(Blob(1)));
        }

        Assert.Equal(new BlobTotals(1, 10), await Index.CountAsync(Token));
    }

    [Fact]
    public async Task NoteShown_UnknownBlob_IsAdoptedWhenItsLengthIsKnown()
    {
        Notes.NoteShown(Blob(1), 10);
        Notes.NoteShown(Blob(2), null);
        await Notes.FlushAsync(Token);
        Assert.Equal(new BlobUsage(Blob(1), 10, Time.GetUtcNow(), Time.GetUtcNow(), Time.GetUtcNow()), await FindTimesAsync(Blob(1)));
        Assert.Null(await Index.FindAsync(Blob(2), Token));
        Assert.Equal(new BlobTotals(1, 10), await Index.CountAsync(Token));
    }

    [Fact]
    public async Task NoteDeleted_KnownBlob_IsGoneAndNotCounted()
    {
        Notes.NoteStored(Blob(1), 10);
        Notes.NoteStored(Blob(2), 20);
        await Notes.FlushAsync(Token);
        Notes.NoteDeleted(Blob(1));
        Notes.NoteDeleted(Blob(3));
        await Notes.FlushAsync(Token);
        Assert.Null(await Index.FindAsync(Blob(1), Token));
        Assert.Equal(new BlobTotals(1, 20), await Index.CountAsync(Token));
    }

    [Theory]
    [InlineData("stored deleted", false)]
    [InlineData("deleted stored", true)]
    [InlineData("deleted read", false)]
    [InlineData("deleted shown", false)]
    [InlineData("read shown deleted stored shown", true)]
    [InlineData("read deleted stored read", true)]
    [InlineData("stored read deleted read", false)]
    public async Task FlushAsync_SeveralNotesOfOneBlob_TheOrderOfNotesCounts(string notes, bool remains)
    {
        Notes.NoteStored(Blob(1), 10);
        await Notes.FlushAsync(Token);
        // Less than the interval of the flush, which would else come between the notes.
        Time.Advance(BlobNotes.FlushInterval / 2);
        foreach (string note in notes.Split(' '))
        {
            if (note == "stored")
                Notes.NoteStored(Blob(1), 10);
            else if (note == "read")
                Notes.NoteUsed(Blob(1), 10);
            else if (note == "shown")
                Notes.NoteShown(Blob(1), null);
            else
                Notes.NoteDeleted(Blob(1));
        }

        await Notes.FlushAsync(Token);
        BlobUsage? usage = await Index.FindAsync(Blob(1), Token);
        Assert.Equal(remains, usage is not null);
        Assert.Equal(remains ? new BlobTotals(1, 10) : default, await Index.CountAsync(Token));
        if (remains)
            Assert.Equal(Time.GetUtcNow(), usage!.Value.StoredAt);
    }

    [Fact]
    public async Task ListLeastRecentlyUsedAsync_MoreThanAPage_OldestFirst()
    {
        const int Count = 1300;
        for (int number = 0; number < Count; number++)
        {
            Notes.NoteStored(Blob(number), number);
            if (number % 3 == 0)
                Time.Advance(TimeSpan.FromMilliseconds(1));
        }

        await Notes.FlushAsync(Token);
        Time.Advance(TimeSpan.FromMinutes(1));
        Notes.NoteUsed(Blob(0), 0);
        await Notes.FlushAsync(Token);

        List<BlobUsage> all = await ListAsync();
        Assert.Equal(Count, all.Select(usage => usage.Digest).Distinct().Count());
        Assert.Equal(Count, all.Count);
        Assert.Equal(all.Select(usage => usage.LastUsedAt).Order(), all.Select(usage => usage.LastUsedAt));
        Assert.Equal(Blob(0), all[^1].Digest);
    }

    [Fact]
    public async Task ListLeastRecentlyUsedAsync_UsedAndDeletedOnTheWay_Ends()
    {
        for (int number = 0; number < 1500; number++)
            Notes.NoteStored(Blob(number), 1);
        await Notes.FlushAsync(Token);
        int met = 0;
        await foreach (BlobUsage usage in Index.ListLeastRecentlyUsedAsync(Token))
        {
            Time.Advance(TimeSpan.FromMilliseconds(1));
            if (met++ % 2 == 0)
                Notes.NoteUsed(usage.Digest, usage.LengthBytes);
            else
                Notes.NoteDeleted(usage.Digest);
            if (met % 100 == 0)
                await Notes.FlushAsync(Token);
        }

        await Notes.FlushAsync(Token);
        Assert.Equal(1500, met);
        Assert.Equal(new BlobTotals(750, 750), await Index.CountAsync(Token));
    }

    [Fact]
    public async Task ListDueAsync_StoredVerifiedAndAdopted_LeastRecentlyVerifiedFirst()
    {
        DateTimeOffset storedAt = Time.GetUtcNow();
        for (int number = 0; number < 5; number++)
        {
            Notes.NoteStored(Blob(number), 7);
            Time.Advance(TimeSpan.FromSeconds(1));
        }

        Notes.NoteUsed(Blob(5), 8);
        await Notes.FlushAsync(Token);
        Time.Advance(TimeSpan.FromDays(1));
        Notes.NoteVerified(Blob(0));
        Notes.NoteVerified(Blob(6));
        Notes.NoteDeleted(Blob(1));
        Notes.NoteVerified(Blob(1));
        await Notes.FlushAsync(Token);

        Assert.Equal([Blob(5)], (await Index.ListDueAsync(storedAt, null, 10, Token)).Select(due => due.Digest));
        IReadOnlyList<BlobDue> due = await Index.ListDueAsync(Time.GetUtcNow(), null, 2, Token);
        Assert.Equal([Blob(5), Blob(2)], due.Select(blob => blob.Digest));
        Assert.Equal([8, 7], due.Select(blob => blob.LengthBytes));
        Assert.Equal([DateTimeOffset.UnixEpoch, storedAt.AddSeconds(2)], due.Select(blob => blob.VerifiedAt));
        Assert.Equal([Blob(3), Blob(4)], (await Index.ListDueAsync(Time.GetUtcNow(), due[^1], 10, Token)).Select(blob => blob.Digest));
        Assert.Equal(4, await Index.CountDueAsync(Time.GetUtcNow(), Token));
        Assert.Equal(5, await Index.CountDueAsync(Time.GetUtcNow().AddMilliseconds(1), Token));
        Assert.Equal(new BlobTotals(5, 36), await Index.CountAsync(Token));
    }

    [Fact]
    public async Task RebuildAsync_IndexAndStoreDiffer_AgreesWithTheStore()
    {
        DateTimeOffset storedAt = Time.GetUtcNow();
        for (int number = 0; number < 1000; number++)
            Notes.NoteStored(Blob(number), 7);
        await Notes.FlushAsync(Token);
        Time.Advance(TimeSpan.FromDays(1));
        for (int number = 0; number < 10; number++)
            Notes.NoteUsed(Blob(number + 500), 7);
        await Notes.FlushAsync(Token);

        // The store has lost the first half and gained a thousand; one has another length than was noted.
        BlobInfo[] blobs = [.. Enumerable.Range(500, 1500).Select(number => new BlobInfo(Blob(number), number == 600 ? 8 : 7, storedAt.AddYears(-1)))];
        BlobTotals totals = await Index.RebuildAsync(blobs.ToAsyncEnumerable(), Token);

        Assert.Equal(new BlobTotals(1500, (1500 * 7) + 1), totals);
        Assert.Equal(totals, await Index.CountAsync(Token));
        Assert.Null(await Index.FindAsync(Blob(499), Token));
        Assert.Equal(new BlobUsage(Blob(500), 7, storedAt, Time.GetUtcNow(), Time.GetUtcNow()), await FindTimesAsync(Blob(500)));
        Assert.Equal(new BlobUsage(Blob(600), 8, storedAt, storedAt, storedAt), await FindTimesAsync(Blob(600)));
        Assert.Equal(new BlobUsage(Blob(1999), 7, storedAt.AddYears(-1), storedAt.AddYears(-1), storedAt.AddYears(-1)), await FindTimesAsync(Blob(1999)));
        Assert.Equal(1500, (await ListAsync()).Count);
    }

    [Fact]
    public async Task RebuildAsync_BlobStoredMeanwhile_IsKept()
    {
        Notes.NoteStored(Blob(1), 1);
        Notes.NoteStored(Blob(2), 1);
        await Notes.FlushAsync(Token);
        BlobTotals totals = await Index.RebuildAsync(ListWhileStoring(), Token);
        Assert.Equal(new BlobTotals(3, 3), totals);

        async IAsyncEnumerable<BlobInfo> ListWhileStoring()
        {
            yield return new BlobInfo(Blob(3), 1, Time.GetUtcNow());
            Notes.NoteUsed(Blob(1), 1);
            Notes.NoteStored(Blob(4), 1);
            await Notes.FlushAsync(Token);
        }
    }

    [Fact]
    public async Task RebuildAsync_ListingFails_KeepsWhatWasKnown()
    {
        Notes.NoteStored(Blob(1), 1);
        await Notes.FlushAsync(Token);
        await Assert.ThrowsAsync<BlobStoreException>(async () => await Index.RebuildAsync(Failing(), Token));
        Assert.Equal(new BlobTotals(1, 1), await Index.CountAsync(Token));
        Assert.Equal(new BlobTotals(1, 1), await Index.RebuildAsync(new[] { new BlobInfo(Blob(1), 1, Time.GetUtcNow()) }.ToAsyncEnumerable(), Token));

        static async IAsyncEnumerable<BlobInfo> Failing()
        {
            await Task.Yield();
            yield return new BlobInfo(Blob(1), 1, default);
            throw new BlobStoreException("the store failed");
        }
    }

    [Fact]
    public async Task FlushAsync_ManyThreadsNoting_LosesNothing()
    {
        const int Threads = 8;
        const int PerThread = 2000;
        using var flushing = CancellationTokenSource.CreateLinkedTokenSource(Token);
        Task flusher = Task.Run(async () =>
        {
            while (!flushing.IsCancellationRequested)
                await Notes.FlushAsync(CancellationToken.None);
        });
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Run(() =>
        {
            for (int i = 0; i < PerThread; i++)
            {
                Notes.NoteStored(Blob((thread * PerThread) + i), 3);
                Notes.NoteUsed(Blob(i), 3);
            }
        })));
        await flushing.CancelAsync();
        await flusher;
        await Notes.FlushAsync(Token);
        Assert.Equal(new BlobTotals(Threads * PerThread, 3 * Threads * PerThread), await Index.CountAsync(Token));
    }

    [Fact]
    public async Task DisposeAsync_NotesNotFlushed_AreWritten()
    {
        Notes.NoteStored(Blob(1), 10);
        await EndAsync();
        await ReopenAsync();
        Assert.Equal(new BlobTotals(1, 10), await Index.CountAsync(Token));
    }

    protected static Digest Blob(int number) => Digest.Compute(BitConverter.GetBytes(number));

    protected override async Task EndAsync()
    {
        if (_notes is not null)
            await _notes.DisposeAsync();
        _notes = null;
    }

    /// <summary>What is known of a blob, but for its uses and its rank.</summary>
    private async Task<BlobUsage?> FindTimesAsync(Digest digest) => await Index.FindAsync(digest, Token) is { } usage ? usage with { Uses = 0, Rank = 0 } : null;

    private async Task<List<BlobUsage>> ListAsync()
    {
        List<BlobUsage> all = [];
        await foreach (BlobUsage usage in Index.ListLeastRecentlyUsedAsync(Token))
            all.Add(usage);
        return all;
    }
}
