using System.Collections.Concurrent;
using Shacache.Blobs.S3.Requests;
using Shacache.Core.Blobs;
using Shacache.Protocol;

namespace Shacache.Blobs.S3.Uploads;

/// <summary>Removes blobs so that no removal takes what is stored after it.</summary>
/// <remarks>
/// The store may carry out a DELETE long after its sender gave up, and then it takes what was stored meanwhile. So a removal first leaves a mark of the blob, for all nodes, which it takes away once
/// the store has answered. An upload that finds a mark is not acknowledged: it waits, stores again, or is told to come later. A DELETE without an answer is repeated until there is one,
/// and its mark stays for a while longer. A mark whose node died counts for ten minutes, by the clock of the store.
/// </remarks>
internal sealed class Removals(Bucket bucket, BucketLayout layout, TimeProvider time) : IDisposable
{
    /// <summary>What the store was asked before it answers again is done, or never will be, so long afterwards.</summary>
    private static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan MarkLifetime = TimeSpan.FromMinutes(10);

    /// <summary>How long a removal waits for another one of the same blob.</summary>
    private static readonly TimeSpan TurnPatience = TimeSpan.FromSeconds(10);

    private static readonly Backoff Backoff = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(20));
    private static readonly Backoff TurnBackoff = new(TimeSpan.FromMilliseconds(50), TimeSpan.FromSeconds(1));

    private readonly ConcurrentDictionary<Digest, Task> _settling = [];
    private readonly CancellationTokenSource _end = new();

    /// <summary>Whether a removal of the blob is under way, or its outcome unknown, on whatever node.</summary>
    /// <exception cref="S3Failure">It cannot be found out.</exception>
    public async Task<bool> IsUnderWayAsync(Digest digest)
    {
        ObjectState? mark = await bucket.FindAsync(layout.RemovalOf(digest), CancellationToken.None).ConfigureAwait(false);
        return mark is not null && IsInForce(mark);
    }

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

        await TryAsync(() => bucket.DeleteAsync(mark, isOnce: false, CancellationToken.None)).ConfigureAwait(false);
    }

    /// <summary>What is not settled by now is left to the age of its mark.</summary>
    public void Dispose()
    {
        _end.Cancel();
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
            if (there is not null && !IsInForce(there))
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

    private static bool IsInForce(ObjectState mark) => !(mark is { StoredAt: { } at, Now: { } now } && now - at > MarkLifetime);

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
