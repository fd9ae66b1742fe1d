namespace Shacache.Core.Blobs;

/// <summary>Makes room in a store that has reached its limit: removes what is first in the order of the index, in the background.</summary>
/// <remarks>
/// It begins above the limit and goes on down to 95 % of it, so that it is not at work all the time. What a client was told about within
/// <see cref="StoreBudgetOptions.Grace"/> stays, whatever its use.
/// </remarks>
/// <param name="blobs">The store, with its index around it.</param>
/// <param name="index">What is known of the blobs.</param>
/// <param name="notes">What the index is about to learn.</param>
/// <param name="budget">The limits.</param>
/// <param name="guard">What stays in any case.</param>
/// <param name="time">The clock.</param>
public sealed class BlobEviction(IndexedBlobStore blobs, IBlobIndex index, BlobNotes notes, StoreBudget budget, IEvictionGuard guard, TimeProvider time)
{
    /// <summary>How often it looks when nothing was stored: others fill the disk, too.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <summary>Of a store that holds no more than this nothing is removed for the sake of others on the disk.</summary>
    public const long MinStoredBytes = 1L << 30;

    /// <summary>How often a node asks that does not make room itself.</summary>
    public static readonly TimeSpan AskInterval = TimeSpan.FromSeconds(5);

    private const int BatchBlobs = 256;

    private readonly Lock _gate = new();
    private EvictionTotals _totals;
    private volatile bool _isRunning;
    private bool? _told;

    /// <summary>Told each time that room was made, or that there is none to be made, or again some, on any thread.</summary>
    public Action<EvictionOutcome>? OnOutcome { get; set; }

    /// <summary>What it has done since the start.</summary>
    public EvictionTotals Totals
    {
        get
        {
            lock (_gate)
                return _totals;
        }
    }

    /// <summary>Keeps the store within its limits until it is cancelled.</summary>
    /// <param name="onFailure">Told of a failure of the backend; it is tried again.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(Action<BlobStoreException> onFailure, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(onFailure);
        (_isRunning, budget.IsExhaustedElsewhere, _told) = (true, false, null);
        try
        {
            while (true)
            {
                try
                {
                    await MakeRoomAsync(cancellationToken).ConfigureAwait(false);
                }
                catch (BlobStoreException e)
                {
                    onFailure(e);
                }

                // What is protected becomes free by age alone: to look again at once would find the same.
                if (budget.Exhaustion != Exhaustion.None)
                    await Task.Delay(Interval, time, cancellationToken).ConfigureAwait(false);
                else
                    await budget.WaitAsync(Interval, cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            // From now on it is another node's to say.
            (_isRunning, budget.Exhaustion) = (false, Exhaustion.None);
        }
    }

    /// <summary>Asks the index whether room can be made, while another node is the one that makes it: an upload is refused by all nodes alike, within seconds.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task AskAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                bool isExhausted = !_isRunning && await index.IsExhaustedAsync(cancellationToken).ConfigureAwait(false);
                budget.IsExhaustedElsewhere = isExhausted && !_isRunning;
            }
            catch (BlobStoreException)
            {
                // While the index is away nothing is stored either.
            }

            await Task.Delay(AskInterval, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Removes what has to go now.</summary>
    /// <exception cref="BlobStoreException">The backend failed.</exception>
    public async Task MakeRoomAsync(CancellationToken cancellationToken)
    {
        await FlushIfThereIsRoomAsync(cancellationToken).ConfigureAwait(false);
        long storedBytes = (await index.CountAsync(cancellationToken).ConfigureAwait(false)).LengthBytes;
        budget.Recount(storedBytes);
        long overLimit = storedBytes > budget.Options.MaxBytes ? storedBytes - (budget.Options.MaxBytes.Value / 20 * 19) : 0;
        long excess = Math.Max(overLimit, Math.Min(budget.FindMissingBytes(), storedBytes - MinStoredBytes));
        lock (_gate)
            _totals = _totals with { ProtectedBytes = 0 };
        EvictionOutcome outcome = excess > 0 ? await RemoveAsync(excess, cancellationToken).ConfigureAwait(false) : default;
        await FlushIfThereIsRoomAsync(cancellationToken).ConfigureAwait(false);
        storedBytes -= outcome.RemovedBytes;
        budget.Recount(storedBytes);
        Exhaustion before = budget.Exhaustion;
        budget.Exhaustion = storedBytes > budget.Options.MaxBytes ? Exhaustion.OfLimit
            : budget.FindMissingBytes() > 0 ? Exhaustion.OfDisk : Exhaustion.None;
        if (outcome.RemovedCount > 0 || budget.Exhaustion != before)
            OnOutcome?.Invoke(outcome with { Exhaustion = budget.Exhaustion });
        if (budget.Options.MaxBytes is not null)
            await TellAsync(budget.Exhaustion == Exhaustion.OfLimit, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Tells other nodes. That there is room again they are told once; that there is none, again and again.</summary>
    private async Task TellAsync(bool isExhausted, CancellationToken cancellationToken)
    {
        if (!isExhausted && _told == false)
            return;
        try
        {
            await index.NoteExhaustionAsync(isExhausted, cancellationToken).ConfigureAwait(false);
            _told = isExhausted;
        }
        catch (StorageFullException)
        {
            // Nothing is stored on a full disk anyway.
        }
    }

    private async Task<EvictionOutcome> RemoveAsync(long excess, CancellationToken cancellationToken)
    {
        EvictionOutcome outcome = default;
        List<BlobUsage> batch = new(BatchBlobs);
        long batchBytes = 0;
        await foreach (BlobUsage usage in index.ListLeastRecentlyUsedAsync(cancellationToken).ConfigureAwait(false))
        {
            if (IsProtected(usage))
            {
                lock (_gate)
                    _totals = _totals with { ProtectedBytes = _totals.ProtectedBytes + usage.LengthBytes };
                continue;
            }

            batch.Add(usage);
            batchBytes += usage.LengthBytes;
            if (batch.Count < BatchBlobs && outcome.RemovedBytes + batchBytes < excess)
                continue;
            outcome = await RemoveAsync(batch, outcome, cancellationToken).ConfigureAwait(false);
            if (outcome.RemovedBytes >= excess)
                return outcome;
            batch.Clear();
            batchBytes = 0;
        }

        return batch.Count == 0 ? outcome : await RemoveAsync(batch, outcome, cancellationToken).ConfigureAwait(false);
    }

    private async Task<EvictionOutcome> RemoveAsync(List<BlobUsage> batch, EvictionOutcome before, CancellationToken cancellationToken)
    {
        IReadOnlyList<Digest> gone = await blobs.DeleteUnwatchedAsync([.. batch.Select(usage => usage.Digest)], FindUnprotectedAsync, cancellationToken).ConfigureAwait(false);
        HashSet<Digest> removed = [.. gone];
        BlobUsage[] removedBlobs = [.. batch.Where(usage => removed.Contains(usage.Digest))];
        long removedBytes = removedBlobs.Sum(usage => usage.LengthBytes);
        if (removedBlobs.Length > 0)
        {
            Note(removedBlobs, removedBytes);
            await NoteEvictedAsync(removedBlobs.Max(usage => usage.Rank), cancellationToken).ConfigureAwait(false);
        }

        return new EvictionOutcome(before.RemovedCount + removedBlobs.Length, before.RemovedBytes + removedBytes, Exhaustion.None);
    }

    private void Note(BlobUsage[] removed, long removedBytes)
    {
        lock (_gate)
        {
            _totals = _totals with
            {
                RemovedCount = _totals.RemovedCount + removed.Length,
                RemovedBytes = _totals.RemovedBytes + removedBytes,
                LastAge = time.GetUtcNow() - removed[^1].LastUsedAt,
            };
        }
    }

    /// <summary>Looks once more: what was read from the index may be some seconds old.</summary>
    private async ValueTask<IReadOnlyList<Digest>> FindUnprotectedAsync(IReadOnlyList<Digest> digests, CancellationToken cancellationToken)
    {
        await FlushIfThereIsRoomAsync(cancellationToken).ConfigureAwait(false);
        List<Digest> unprotected = new(digests.Count);
        List<Digest> kept = [];
        foreach (Digest digest in digests)
        {
            if (!notes.IsWaiting(digest) && await index.FindAsync(digest, cancellationToken).ConfigureAwait(false) is { } usage && !IsProtected(usage))
                (await guard.IsKeptAsync(digest, cancellationToken).ConfigureAwait(false) ? kept : unprotected).Add(digest);
        }

        if (kept.Count > 0)
            await PostponeAsync(kept, cancellationToken).ConfigureAwait(false);
        return unprotected;
    }

    /// <summary>What is kept by a rule goes to the end of the order, so that not every look walks over it again.</summary>
    private async Task PostponeAsync(List<Digest> kept, CancellationToken cancellationToken)
    {
        try
        {
            await index.PostponeAsync(kept, cancellationToken).ConfigureAwait(false);
        }
        catch (StorageFullException)
        {
            // They are walked over once more.
        }
    }

    /// <summary>What comes later is to outlive what was worth as much as this, and is not used any more.</summary>
    private async Task NoteEvictedAsync(long rank, CancellationToken cancellationToken)
    {
        try
        {
            await index.NoteEvictedAsync(rank, cancellationToken).ConfigureAwait(false);
        }
        catch (StorageFullException)
        {
            // The next one is noted.
        }
    }

    /// <summary>On a full disk the database takes nothing, and room has to be made all the same.</summary>
    private async Task FlushIfThereIsRoomAsync(CancellationToken cancellationToken)
    {
        try
        {
            await notes.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (StorageFullException)
        {
            // The notes wait on.
        }
    }

    /// <summary>A time that is yet to come was told by a clock that was wrong, and protects no longer than one of now would.</summary>
    private bool IsProtected(BlobUsage usage) => (time.GetUtcNow() - usage.LastShownAt).Duration() < budget.Options.Grace;
}

/// <summary>Says what is never removed to make room.</summary>
public interface IEvictionGuard
{
    /// <summary>Whether a blob stays.</summary>
    /// <exception cref="BlobStoreException">The backend failed.</exception>
    ValueTask<bool> IsKeptAsync(Digest digest, CancellationToken cancellationToken);
}

/// <summary>What one look for room came to.</summary>
/// <param name="RemovedCount">How many blobs were removed.</param>
/// <param name="RemovedBytes">Their bytes together.</param>
/// <param name="Exhaustion">What is still short of room.</param>
public readonly record struct EvictionOutcome(long RemovedCount, long RemovedBytes, Exhaustion Exhaustion);

/// <summary>What was removed to make room since the start.</summary>
/// <param name="RemovedCount">How many blobs.</param>
/// <param name="RemovedBytes">Their bytes together.</param>
/// <param name="LastAge">For how long the blob that was removed last had not been used; null when none was.</param>
/// <param name="ProtectedBytes">How much the last look for room had to leave, as it may not go; 0 when there was room.</param>
public readonly record struct EvictionTotals(long RemovedCount, long RemovedBytes, TimeSpan? LastAge, long ProtectedBytes);
