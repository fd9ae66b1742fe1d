using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Leases;

namespace Shacache.Core.Retention;

/// <summary>Removes what is of no use any more, in small steps.</summary>
/// <param name="store">The entries, rules and the audit log.</param>
/// <param name="index">What is known of the content.</param>
/// <param name="blobs">The content, with its index around it.</param>
/// <param name="notes">What the index is about to learn.</param>
/// <param name="guard">What stays in any case.</param>
/// <param name="options">For how long things are kept.</param>
/// <param name="grace">For so long content is kept after it was stored, or a client was told about it.</param>
/// <param name="leases">Which node does it.</param>
/// <param name="time">The clock.</param>
public sealed class StoreCleanUp(
    IRetentionStore store, IBlobIndex index, IndexedBlobStore blobs, BlobNotes notes, IEvictionGuard guard, RetentionOptions options, TimeSpan grace,
    ILeases leases, TimeProvider time) : IDisposable
{
    /// <summary>The lease of the node that does it.</summary>
    private const string LeaseName = "job/clean-up";

    /// <summary>Rows or objects in one step.</summary>
    private const int StepCount = 1000;

    /// <summary>So that the removal of a year's lines leaves few lines that say so.</summary>
    private const int StepLines = 20_000;

    private static readonly TimeSpan AbandonedAfter = TimeSpan.FromDays(1);

    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Discards uploads that a crash cut off, where the store of content has no way to see to it itself.</summary>
    public Func<bool, CancellationToken, Task<CleanedUp>>? RemoveUploadsAsync { get; set; }

    /// <summary>Removes it. One at a time, of all nodes: another caller waits.</summary>
    /// <param name="now">The time.</param>
    /// <param name="isDryRun">Whether it is only counted.</param>
    /// <param name="cancellationToken">Stops between two steps.</param>
    /// <exception cref="BlobStoreException">A backend failed; what was done stays done.</exception>
    /// <exception cref="EntryStoreException">A backend failed; what was done stays done.</exception>
    public async Task<IReadOnlyList<CleanedUp>> RunAsync(DateTimeOffset now, bool isDryRun, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await CleanInTurnAsync(now, isDryRun, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private async Task<IReadOnlyList<CleanedUp>> CleanInTurnAsync(DateTimeOffset now, bool isDryRun, CancellationToken cancellationToken)
    {
        ILease lease = await LeasedWork.TakeAsync(leases, LeaseName, time, cancellationToken).ConfigureAwait(false);
        await using (lease.ConfigureAwait(false))
        {
            using var turn = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lease.Lost);
            try
            {
                return await CleanAsync(now, isDryRun, turn.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException e) when (lease.Lost.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw new EntryStoreException("The clean-up was not finished: the database did not answer for too long. Another node may do it now.", e) { IsAway = true };
            }
        }
    }

    private async Task<IReadOnlyList<CleanedUp>> CleanAsync(DateTimeOffset now, bool isDryRun, CancellationToken cancellationToken)
    {
        List<CleanedUp> done =
        [
            new("expired-entries", await CleanAsync(StaleKind.ExpiredEntries, now, isDryRun, StepCount, cancellationToken).ConfigureAwait(false)),
            new("dangling-entries", await CleanAsync(StaleKind.DanglingEntries, now - options.DanglingEntryKeep, isDryRun, StepCount, cancellationToken).ConfigureAwait(false)),
            new("ended-pins", await CleanAsync(StaleKind.EndedRules, now, isDryRun, StepCount, cancellationToken).ConfigureAwait(false)),
            new("audit-lines", await CleanAsync(StaleKind.AuditLines, now - options.AuditKeep, isDryRun, StepLines, cancellationToken).ConfigureAwait(false)),
            RemoveAbandoned(now, isDryRun),
        ];
        if (RemoveUploadsAsync is { } remove)
            done.Add(await remove(isDryRun, cancellationToken).ConfigureAwait(false));
        if (options.UnlistedContentKeep is { } keep)
            done.Add(await RemoveUnlistedAsync(now, Longer(keep, grace), isDryRun, cancellationToken).ConfigureAwait(false));
        return done;
    }

    private async ValueTask<long> CleanAsync(StaleKind kind, DateTimeOffset before, bool isDryRun, int stepCount, CancellationToken cancellationToken)
    {
        if (isDryRun)
            return await store.CleanAsync(kind, before, null, cancellationToken).ConfigureAwait(false);
        long total = 0, count;
        do
        {
            cancellationToken.ThrowIfCancellationRequested();
            count = await store.CleanAsync(kind, before, stepCount, cancellationToken).ConfigureAwait(false);
            total += count;
        }
        while (count == stepCount);
        return total;
    }

    /// <summary>Files of transfers that broke with the process. One that cannot be removed now is tried again the next time.</summary>
    private CleanedUp RemoveAbandoned(DateTimeOffset now, bool isDryRun)
    {
        var total = new CleanedUp("abandoned-files", 0);
        foreach (string folder in options.SpoolFolders.Where(Directory.Exists))
        {
            foreach (FileInfo file in new DirectoryInfo(folder).EnumerateFiles("*.part"))
            {
                try
                {
                    if (now.UtcDateTime - file.LastWriteTimeUtc < AbandonedAfter)
                        continue;
                    total = total.Plus(new CleanedUp("", 1, file.Length));
                    if (!isDryRun)
                        file.Delete();
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    // As above.
                }
            }
        }

        return total;
    }

    private async Task<CleanedUp> RemoveUnlistedAsync(DateTimeOffset now, TimeSpan keep, bool isDryRun, CancellationToken cancellationToken)
    {
        await notes.FlushAsync(cancellationToken).ConfigureAwait(false);
        var total = new CleanedUp("unlisted-content", 0);
        Dictionary<Digest, long> batch = [];
        await foreach (BlobUsage usage in index.ListLeastRecentlyUsedAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!IsOld(usage) || await IsKeptAsync(usage.Digest, cancellationToken).ConfigureAwait(false))
                continue;
            batch.Add(usage.Digest, usage.LengthBytes);
            if (batch.Count == StepCount)
                total = total.Plus(await RemoveAsync(batch, isDryRun, IsStillOldAsync, cancellationToken).ConfigureAwait(false));
        }

        return total.Plus(await RemoveAsync(batch, isDryRun, IsStillOldAsync, cancellationToken).ConfigureAwait(false));

        bool IsOld(BlobUsage usage) => (now - usage.LastUsedAt).Duration() >= keep && (now - usage.LastShownAt).Duration() >= grace;

        async ValueTask<bool> IsStillOldAsync(Digest digest) =>
            !notes.IsWaiting(digest) && await index.FindAsync(digest, cancellationToken).ConfigureAwait(false) is { } usage && IsOld(usage) &&
            !await IsKeptAsync(digest, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<bool> IsKeptAsync(Digest digest, CancellationToken cancellationToken) =>
        await store.IsNamedAsync(digest, cancellationToken).ConfigureAwait(false) ||
        await guard.IsKeptAsync(digest, cancellationToken).ConfigureAwait(false);

    private async ValueTask<CleanedUp> RemoveAsync(
        Dictionary<Digest, long> batch, bool isDryRun, Func<Digest, ValueTask<bool>> mayGo, CancellationToken cancellationToken)
    {
        IReadOnlyCollection<Digest> gone = isDryRun
            ? batch.Keys
            : await blobs.DeleteUnwatchedAsync([.. batch.Keys], FindThoseThatMayGoAsync, cancellationToken).ConfigureAwait(false);
        var removed = new CleanedUp("", gone.Count, gone.Sum(digest => batch[digest]));
        batch.Clear();
        return removed;

        async ValueTask<IReadOnlyList<Digest>> FindThoseThatMayGoAsync(IReadOnlyList<Digest> digests, CancellationToken token)
        {
            await notes.FlushAsync(token).ConfigureAwait(false);
            List<Digest> found = [];
            foreach (Digest digest in digests)
            {
                if (await mayGo(digest).ConfigureAwait(false))
                    found.Add(digest);
            }

            return found;
        }
    }
}

/// <summary>How much of one kind was removed, or would be.</summary>
/// <param name="Kind">Such as <c>expired-entries</c>.</param>
/// <param name="Count">How many.</param>
/// <param name="LengthBytes">Their bytes together; 0 for what has none.</param>
public readonly record struct CleanedUp(string Kind, long Count, long LengthBytes = 0)
{
    /// <summary>Both together, of this kind.</summary>
    public CleanedUp Plus(CleanedUp more) => this with { Count = Count + more.Count, LengthBytes = LengthBytes + more.LengthBytes };
}
