using Shacache.Core;
using Shacache.Core.Accounts;
using Shacache.Core.Entries;
using Shacache.Core.Leases;
using Shacache.Testing.Entries;

namespace Shacache.Testing;

/// <summary>The rules that every <see cref="IDatabase"/> obeys beyond those of its stores. A backend inherits them.</summary>
public abstract class DatabaseContract : StoreContract
{
    private static readonly EntryKey Key = EntryKey.Create("file-urlmd5:0123456789abcdef0123456789abcdef");

    [Fact]
    public async Task AddEntryAsync_WithALineForTheAuditLog_BothAreThereOrNeither()
    {
        var room = new EntryRoom(1, []);
        Assert.Equal(EntryAddition.Added, await Database.AddEntryAsync(Key, Entry(1), room, Line("added"), Token));
        Assert.Equal(EntryAddition.AlreadyListed, await Database.AddEntryAsync(Key, Entry(1), room, Line("again"), Token));
        Assert.Equal(EntryAddition.KeyFull, await Database.AddEntryAsync(Key, Entry(2), room, Line("refused"), Token));
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await Database.AddEntryAsync(Key, Entry(1), null, Line("cancelled"), cancelled.Token));
        await ReopenAsync();
        Assert.Equal([Line("added"), Line("again")], await LinesAsync());
    }

    [Fact]
    public async Task AddEntryAsync_CallersThatGiveUp_EveryEntryHasItsLine()
    {
        await Parallel.ForAsync(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = Token }, async (number, _) =>
        {
            using var impatience = new CancellationTokenSource();
            Task<EntryAddition> adding = Database.AddEntryAsync(Key, Entry(number), null, Line($"{number}"), impatience.Token).AsTask();
            await impatience.CancelAsync();
            await adding.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        });
        HashSet<string> recorded = [.. (await LinesAsync()).Select(line => line.Subject)];
        HashSet<SignedEntry> listed = [.. (await Database.Entries.ListAsync(Key, Token)).Select(stored => stored.Entry)];
        for (int number = 0; number < 200; number++)
            Assert.Equal(listed.Contains(Entry(number)), recorded.Contains($"{number}"));
    }

    [Fact]
    public async Task AddEntryAsync_WithoutALine_NothingIsRecorded()
    {
        Assert.Equal(EntryAddition.Added, await Database.AddEntryAsync(Key, Entry(1), null, audit: null, Token));
        Assert.Single(await Database.Entries.ListAsync(Key, Token));
        Assert.Empty(await LinesAsync());
    }

    [Fact]
    public async Task TryTakeAsync_OneAtATimeForEachName_AndAgainWhenItWasGivenBack()
    {
        ILease lease = Assert.IsAssignableFrom<ILease>(await Database.Leases.TryTakeAsync("job/one", Token));
        await using (lease)
        {
            Assert.Null(await Database.Leases.TryTakeAsync("job/one", Token));
            await using ILease other = Assert.IsAssignableFrom<ILease>(await Database.Leases.TryTakeAsync("job/other", Token));
            Assert.True(await lease.TryKeepAsync(Token));
            Assert.False(lease.Lost.IsCancellationRequested);
        }

        await lease.DisposeAsync();
        await using ILease again = Assert.IsAssignableFrom<ILease>(await Database.Leases.TryTakeAsync("job/one", Token));

        // The first one is over: giving it back once more takes nothing away.
        await lease.DisposeAsync();
        Assert.Null(await Database.Leases.TryTakeAsync("job/one", Token));
    }

    [Fact]
    public async Task RunAsync_LeasedWorkOfTwo_NeverAtOnce_AndBothToTheirEnd()
    {
        int running = 0;
        int done = 0;
        await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => LeasedWork.RunAsync(Database.Leases, "job/work", WorkAsync, failure => throw failure, new QuickTime(), Token)));
        Assert.Equal(2, done);

        async Task WorkAsync(CancellationToken token)
        {
            Assert.Equal(1, Interlocked.Increment(ref running));
            await Task.Delay(20, token);
            Interlocked.Decrement(ref running);
            Interlocked.Increment(ref done);
        }
    }

    [Fact]
    public async Task FindProblemAsync_OpenDatabase_FindsNone() => Assert.Null(await Database.FindProblemAsync(Token));

    private static SignedEntry Entry(int number) => EntryGenerators.Entry(
        $$"""{"sha512": "{{Core.Blobs.Digest.Compute(BitConverter.GetBytes(number))}}"}""", "");

    private AuditEntry Line(string subject) => new(Time.GetUtcNow(), "build-1", AuditAction.Index, subject, "192.0.2.1");

    private async Task<List<AuditEntry>> LinesAsync()
    {
        List<AuditEntry> lines = [];
        await foreach (AuditRecord record in Database.AuditLog.ReadAsync(new AuditQuery { NewestFirst = false }, Token))
            lines.Add(record.Entry);
        return lines;
    }

    /// <summary>Real time in which no pause is long.</summary>
    private sealed class QuickTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(callback, state, TimeSpan.FromMilliseconds(10), Timeout.InfiniteTimeSpan);
    }
}
