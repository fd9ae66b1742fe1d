namespace Shacache.Core.Blobs.Repair;

/// <summary>Brings back what was found damaged, from wherever it is to be had; what no source has is tried again later.</summary>
/// <param name="blobs">The files, without index and caches.</param>
/// <param name="log">What is missing.</param>
/// <param name="journal">What the log is about to learn.</param>
/// <param name="time">The clock.</param>
public sealed class BlobHealing(IBlobStore blobs, IRepairLog log, DamageJournal journal, TimeProvider time)
{
    private const int MaxAtOnce = 4;
    private const int PageBlobs = 16;
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan MaxDelay = TimeSpan.FromHours(6);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <summary>Where blobs are had again; null for nowhere.</summary>
    public IBlobReplacement? Source { get; set; }

    /// <summary>Told of each blob that no source gave back, the first time, on any thread.</summary>
    public Action<Digest, string>? OnFailure { get; set; }

    /// <summary>Tries what is due until it is cancelled.</summary>
    /// <param name="onFailure">Told of a failure of the backend; it is tried again.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(Action<BlobStoreException> onFailure, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(onFailure);

        // There may be other upstreams now.
        bool isHastened = false;
        while (true)
        {
            try
            {
                if (!isHastened)
                    await log.HastenAsync(time.GetUtcNow(), cancellationToken).ConfigureAwait(false);
                isHastened = true;
                IReadOnlyList<DamagedBlob> due = await log.ListDueAsync(time.GetUtcNow(), PageBlobs, cancellationToken).ConfigureAwait(false);
                await HealAsync(due, cancellationToken).ConfigureAwait(false);
                if (due.Count == PageBlobs)
                    continue;
            }
            catch (BlobStoreException e)
            {
                onFailure(e);
            }

            await journal.WaitAsync(Interval, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Tries some blobs now, a few at once.</summary>
    /// <returns>How many are whole again.</returns>
    /// <exception cref="BlobStoreException">The backend failed.</exception>
    public async Task<int> HealAsync(IReadOnlyList<DamagedBlob> damaged, CancellationToken cancellationToken)
    {
        int healed = 0;
        var options = new ParallelOptions { MaxDegreeOfParallelism = MaxAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(damaged, options, async (blob, token) =>
        {
            if (await TryHealAsync(blob, token).ConfigureAwait(false))
                Interlocked.Increment(ref healed);
        }).ConfigureAwait(false);
        await journal.FlushAsync(cancellationToken).ConfigureAwait(false);
        return healed;
    }

    private async Task<bool> TryHealAsync(DamagedBlob blob, CancellationToken cancellationToken)
    {
        // A client may have uploaded it; and a file that could not be moved away is there, but wrong.
        string? problem = await blobs.VerifyAsync(blob.Digest, cancellationToken).ConfigureAwait(false) ? null
            : Source is { } source ? await source.BringAsync(blob.Digest, cancellationToken).ConfigureAwait(false)
            : "there is no upstream to ask";
        if (problem is null)
        {
            journal.NoteRight(blob.Digest, isMissed: true);
            return true;
        }

        if (blob.Attempts == 0)
            OnFailure?.Invoke(blob.Digest, problem);
        TimeSpan delay = FirstDelay * Math.Pow(2, Math.Min(blob.Attempts, 16));
        await log.PostponeAsync(blob.Digest, time.GetUtcNow() + (delay < MaxDelay ? delay : MaxDelay), cancellationToken).ConfigureAwait(false);
        return false;
    }
}

/// <summary>Brings a blob from elsewhere into the store, verified.</summary>
public interface IBlobReplacement
{
    /// <summary>Brings it.</summary>
    /// <returns>Null when it is stored; else why not, on one line.</returns>
    ValueTask<string?> BringAsync(Digest digest, CancellationToken cancellationToken);
}
