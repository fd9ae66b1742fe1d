using System.Collections.Concurrent;
using System.Diagnostics;
using Shacache.Blobs.S3.Requests;
using Shacache.Core.Blobs;
using Shacache.Protocol;

namespace Shacache.Blobs.S3.Uploads;

/// <summary>Removes blobs so that no removal takes what is stored after it.</summary>
/// <remarks>
/// The store may carry out a DELETE long after its sender gave up, and then it takes what was stored meanwhile. So a removal first leaves a mark of the blob, for all nodes, which it takes away soon
/// after the store has answered. An upload that finds a mark is not acknowledged: it waits, stores again, or is told to come later. A DELETE without an answer is repeated until there is one,
/// and its mark stays for a while longer. A mark whose node died counts for ten minutes, by the clock of the store.
/// </remarks>
internal sealed class Removals(Bucket bucket, BucketLayout layout, TimeProvider time) : IAsyncDisposable
{
    /// <summary>What the store was asked before it answers again is done, or never will be, so long afterwards.</summary>
    private static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan MarkLifetime = TimeSpan.FromMinutes(10);

    /// <summary>How long a removal waits for another one of the same blob.</summary>
    private static readonly TimeSpan TurnPatience = TimeSpan.FromSeconds(10);

    private static readonly Backoff Backoff = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(20));
    private static readonly Backoff TurnBackoff = new(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(1));

    /// <summary>For so long a mark stays once its removal is done: who began to store before that looks for it a moment later.</summary>
    private static readonly TimeSpan MarkLinger = TimeSpan.FromMilliseconds(500);

    /// <summary>How long the end waits for marks that are being taken away.</summary>
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<Digest, Task> _settling = [];
    private readonly ConcurrentDictionary<string, Task> _lingering = [];
    private readonly Lock _marksGate = new();
    private long _marksBegan = long.MinValue;
    private Task<IReadOnlySet<string>?> _marks = Task.FromResult<IReadOnlySet<string>?>(null);
    private readonly CancellationTokenSource _end = new();

    /// <summary>Whether a removal of the blob is under way, or its outcome unknown, on whatever node. Sees each that began before this is called.</summary>
    /// <exception cref="S3Failure">It cannot be found out.</exception>
    public async Task<bool> IsUnderWayAsync(Digest digest)
    {
        ObjectState? mark = await bucket.FindAsync(layout.RemovalOf(digest), CancellationToken.None).ConfigureAwait(false);
        return mark is not null && IsInForce(mark.StoredAt, mark.Now);
    }

    /// <summary>The same for one of many that store at the same time: one listing of all marks answers those who began before it.</summary>
    /// <param name="digest">The blob.</param>
    /// <param name="began">When the caller began to store it, by <see cref="Stopwatch"/>.</param>
    /// <exception cref="S3Failure">It cannot be found out.</exception>
    public async Task<bool> IsUnderWaySinceAsync(Digest digest, long began) =>
        await FindMarksAsync(began).ConfigureAwait(false) is { } inForce ? inForce.Contains(layout.RemovalOf(digest)) : await IsUnderWayAsync(digest).ConfigureAwait(false);

    /// <summary>Removes a blob.</summary>
    /// <exception cref="S3Failure">It may be there, or go later.</exception>
    public async Task RemoveAsync(Digest digest)
    {
        string mark = layout.RemovalOf(digest);
        await MarkAsync(mark).ConfigureAwait(false);
        try
        {
            await bucket.DeleteAsync(layout.KeyOf(digest), isOnce: true, CancellationToken.None).ConfigureAwait(false);
        }
        catch (S3Failure e) when (e.IsInDoubt)
        {
            Settle(digest);
            throw;
        }
        catch (S3Failure)
        {
            await TryAsync(() => bucket.DeleteAsync(mark, isOnce: false, CancellationToken.None)).ConfigureAwait(false);
            throw;
        }

        _lingering[mark] = UnmarkSoonAsync(mark, _end.Token);
    }

    /// <summary>What is not settled by now is left to the age of its mark.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(_lingering.Values).WaitAsync(EndPatience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }

    /// <summary>Leaves a mark. One removal of a blob is under way at a time: who took away the mark of another one would leave that unguarded.</summary>
    private async Task MarkAsync(string mark)
    {
        ReadOnlyMemory<byte>[] own = [Guid.NewGuid().ToByteArray()];
        string ownTag = Convert.ToHexStringLower(Bucket.Md5(own));
        TimeSpan waited = TimeSpan.Zero;
        for (int looks = 1; ; looks++)
        {
            if (await bucket.PutAsync(mark, own, isNew: true, CancellationToken.None).ConfigureAwait(false))
                return;
            ObjectState? there = await bucket.FindAsync(mark, CancellationToken.None).ConfigureAwait(false);

            // An earlier attempt whose answer was lost.
            if (there is not null && there.EntityTag.Equals(ownTag, StringComparison.OrdinalIgnoreCase))
                return;
            if (there is not null && !IsInForce(there.StoredAt, there.Now))
            {
                await bucket.PutAsync(mark, own, isNew: false, CancellationToken.None).ConfigureAwait(false);
                return;
            }

            if (waited >= TurnPatience)
                throw new S3Failure(FailureKind.Busy, "another removal of it is under way, or its outcome is not known yet");
            TimeSpan pause = TurnBackoff.AfterWithJitter(looks);
            waited += pause;
            await Task.Delay(pause).ConfigureAwait(false);
        }
    }

    /// <param name="storedAt">When the mark was left, by the clock of the store.</param>
    /// <param name="now">That clock.</param>
    private static bool IsInForce(DateTimeOffset? storedAt, DateTimeOffset? now) => !(now - storedAt > MarkLifetime);

    /// <summary>The marks in force, by a listing that began after a time; null when there are more than the store lists at once.</summary>
    private Task<IReadOnlySet<string>?> FindMarksAsync(long began)
    {
        lock (_marksGate)
        {
            if (_marksBegan < began || _marks.IsFaulted)
                (_marksBegan, _marks) = (Stopwatch.GetTimestamp(), ListMarksAsync());
            return _marks;
        }
    }

    private async Task<IReadOnlySet<string>?> ListMarksAsync()
    {
        ListPage page = await bucket.ListFirstAsync(layout.Removing, CancellationToken.None).ConfigureAwait(false);
        return page.IsTruncated ? null : page.Keys.Where(mark => IsInForce(mark.At, page.Now)).Select(mark => mark.Key).ToHashSet(StringComparer.Ordinal);
    }

    private static async Task TryAsync(Func<Task> act)
    {
        try
        {
            await act().ConfigureAwait(false);
        }
        catch (S3Failure)
        {
            // The mark ends by its age.
        }
    }

    private async Task UnmarkSoonAsync(string mark, CancellationToken end)
    {
        await Task.Delay(MarkLinger, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        await TryAsync(() => bucket.DeleteAsync(mark, isOnce: false, CancellationToken.None)).ConfigureAwait(false);
        _lingering.TryRemove(mark, out _);
    }

    private void Settle(Digest digest)
    {
        CancellationToken end = _end.Token;
        Task settling = new Task<Task>(() => SettleAsync(digest, end), CancellationToken.None);
        if (_settling.TryAdd(digest, settling))
            settling.Start(TaskScheduler.Default);
    }

    private async Task SettleAsync(Digest digest, CancellationToken end)
    {
        try
        {
            for (int failures = 1; ; failures++)
            {
                await Task.Delay(Backoff.AfterWithJitter(failures), time, end).ConfigureAwait(false);
                try
                {
                    // Also keeps the mark young while the store is away.
                    await bucket.PutAsync(layout.RemovalOf(digest), [], isNew: false, end).ConfigureAwait(false);
                    await bucket.DeleteAsync(layout.KeyOf(digest), isOnce: true, end).ConfigureAwait(false);
                    break;
                }
                catch (S3Failure)
                {
                    // Again, later.
                }
            }

            await Task.Delay(SettleTime, time, end).ConfigureAwait(false);
            await TryAsync(() => bucket.DeleteAsync(layout.RemovalOf(digest), isOnce: false, end)).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The program ends.
        }
        finally
        {
            _settling.TryRemove(digest, out _);
        }
    }
}
