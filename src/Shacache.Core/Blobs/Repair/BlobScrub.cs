namespace Shacache.Core.Blobs.Repair;

/// <summary>Compares every blob with its digest, again and again: in the background at a rate, or at once when an operator wants it.</summary>
/// <remarks>The index knows when each was compared last, so that a restart goes on where it stopped.</remarks>
/// <param name="blobs">The files.</param>
/// <param name="index">When each was compared.</param>
/// <param name="notes">What the index is about to learn.</param>
/// <param name="journal">What is found damaged.</param>
/// <param name="log">How far the pass has come.</param>
/// <param name="options">How often, and how fast.</param>
/// <param name="metrics">Counts.</param>
/// <param name="time">The clock.</param>
public sealed class BlobScrub(
    IBlobComparer blobs, IBlobIndex index, BlobNotes notes, DamageJournal journal, IRepairLog log, ScrubOptions options, RepairMetrics metrics, TimeProvider time)
{
    private const int PageBlobs = 64;
    private static readonly TimeSpan MinPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MaxPause = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan PauseAfterFailures = TimeSpan.FromMinutes(10);

    /// <summary>How often it is written how far a pass has come: that costs the disk a flush.</summary>
    private static readonly TimeSpan WriteInterval = TimeSpan.FromSeconds(10);

    /// <summary>Between a removal from the store and the note of it.</summary>
    private static readonly TimeSpan RemovalTime = TimeSpan.FromSeconds(1);

    /// <summary>How often, and how fast.</summary>
    public ScrubOptions Options => options;

    /// <summary>Told of each blob whose file is gone without having been removed, on any thread.</summary>
    public Action<Digest>? OnLost { get; set; }

    /// <summary>Compares what is due until it is cancelled.</summary>
    /// <param name="onFailure">Told of each blob that could not be compared, and of failures of the backend; they are tried again.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task RunAsync(Action<BlobStoreException> onFailure, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(onFailure);
        if (options.Interval == TimeSpan.Zero)
            return;
        TimeSpan pause = options.Interval / 100;
        pause = pause < MinPause ? MinPause : pause > MaxPause ? MaxPause : pause;
        var pace = new ScrubPace(options.BytesPerSecond, time);
        while (true)
        {
            bool isClean = true;
            try
            {
                isClean = await RunDueAsync(pace, onFailure, cancellationToken).ConfigureAwait(false);
            }
            catch (BlobStoreException e)
            {
                isClean = false;
                onFailure(e);
            }

            await Task.Delay(isClean ? pause : PauseAfterFailures, time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Compares everything now.</summary>
    /// <param name="bytesPerSecond">The rate; null for as fast as it goes.</param>
    /// <param name="tally">Shows how far it has come.</param>
    /// <param name="onFailure">Told of each blob that could not be compared.</param>
    /// <param name="cancellationToken">Stops. What was compared by then need not be again soon.</param>
    /// <returns>The pass.</returns>
    /// <exception cref="BlobStoreException">The backend failed.</exception>
    public async Task<ScrubPass> RunNowAsync(long? bytesPerSecond, RepairTally tally, Action<BlobStoreException> onFailure, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(tally);
        await notes.FlushAsync(cancellationToken).ConfigureAwait(false);
        tally.Begin("comparing", (await index.CountAsync(cancellationToken).ConfigureAwait(false)).LengthBytes);
        DateTimeOffset began = time.GetUtcNow();
        var pass = new ScrubPass(began, null, default, 0);
        pass = await RunPassAsync(pass, began.AddMilliseconds(1), new ScrubPace(bytesPerSecond, time), tally, onFailure, cancellationToken).ConfigureAwait(false);
        pass = pass with { EndedAt = time.GetUtcNow() };
        await notes.FlushAsync(cancellationToken).ConfigureAwait(false);
        await log.WritePassAsync(pass, cancellationToken).ConfigureAwait(false);
        return pass;
    }

    /// <summary>Compares one blob now.</summary>
    /// <exception cref="BlobStoreException">It could not be found out.</exception>
    public async Task<ComparisonOutcome> CompareAsync(Digest digest, RepairTally tally, CancellationToken cancellationToken)
    {
        ComparisonOutcome outcome = await CompareAsync(digest, new ScrubPace(null, time), tally, cancellationToken).ConfigureAwait(false);
        if (outcome == ComparisonOutcome.Absent)
            await NoteIfLostAsync(digest, cancellationToken).ConfigureAwait(false);
        return outcome;
    }

    /// <summary>Looks whether a blob is missing that the index has, and that was not removed on purpose: then it counts as damaged.</summary>
    /// <returns>Whether it is.</returns>
    /// <exception cref="BlobStoreException">The backend failed.</exception>
    public async ValueTask<bool> NoteIfLostAsync(Digest digest, CancellationToken cancellationToken)
    {
        for (bool isSecondLook = false; ; isSecondLook = true)
        {
            await notes.FlushAsync(cancellationToken).ConfigureAwait(false);
            if (await blobs.FindLengthAsync(digest, cancellationToken).ConfigureAwait(false) is not null || notes.IsWaiting(digest) || await index.FindAsync(digest, cancellationToken).ConfigureAwait(false) is null)
                return false;
            if (isSecondLook)
                break;
            await Task.Delay(RemovalTime, time, cancellationToken).ConfigureAwait(false);
        }

        notes.NoteDeleted(digest);
        journal.NoteDamaged(digest, "its file is gone", null);
        OnLost?.Invoke(digest);
        return true;
    }

    /// <returns>Whether everything could be compared.</returns>
    private async Task<bool> RunDueAsync(ScrubPace pace, Action<BlobStoreException> onFailure, CancellationToken cancellationToken)
    {
        await notes.FlushAsync(cancellationToken).ConfigureAwait(false);
        DateTimeOffset before = time.GetUtcNow() - options.Interval;
        ScrubPass? last = await log.FindPassAsync(cancellationToken).ConfigureAwait(false);
        bool isOpen = last is { EndedAt: null };
        bool isDue = (await index.ListDueAsync(before, null, 1, cancellationToken).ConfigureAwait(false)).Count > 0;
        if (!isDue && !isOpen)
            return true;
        bool isClean = true;
        ScrubPass pass = await RunPassAsync(
            isOpen ? last! : new ScrubPass(time.GetUtcNow(), null, default, 0),
            before,
            pace,
            new RepairTally(),
            failure =>
            {
                isClean = false;
                onFailure(failure);
            },
            cancellationToken).ConfigureAwait(false);
        await log.WritePassAsync(pass with { EndedAt = time.GetUtcNow() }, cancellationToken).ConfigureAwait(false);
        return isClean;
    }

    private async Task<ScrubPass> RunPassAsync(
        ScrubPass pass, DateTimeOffset before, ScrubPace pace, RepairTally tally, Action<BlobStoreException> onFailure, CancellationToken cancellationToken)
    {
        BlobDue? after = null;
        IReadOnlyList<BlobDue> page;
        await log.WritePassAsync(pass, cancellationToken).ConfigureAwait(false);
        long writtenAt = time.GetTimestamp();
        do
        {
            if (time.GetElapsedTime(writtenAt) > WriteInterval)
            {
                await log.WritePassAsync(pass, cancellationToken).ConfigureAwait(false);
                writtenAt = time.GetTimestamp();
            }

            page = await index.ListDueAsync(before, after, PageBlobs, cancellationToken).ConfigureAwait(false);
            foreach (BlobDue blob in page)
            {
                after = blob;
                try
                {
                    ComparisonOutcome outcome = await CompareAsync(blob.Digest, pace, tally, cancellationToken).ConfigureAwait(false);
                    bool isDamaged = outcome == ComparisonOutcome.Damaged ||
                        (outcome == ComparisonOutcome.Absent && await NoteIfLostAsync(blob.Digest, cancellationToken).ConfigureAwait(false));
                    BlobTotals compared = outcome == ComparisonOutcome.Absent && !isDamaged ? pass.Compared
                        : new BlobTotals(pass.Compared.Count + 1, pass.Compared.LengthBytes + blob.LengthBytes);
                    pass = pass with { Compared = compared, Damaged = pass.Damaged + (isDamaged ? 1 : 0) };
                    if (isDamaged)
                        tally.AddDamaged();
                }
                catch (BlobStoreException e)
                {
                    onFailure(e);
                }

                tally.AddObject();
            }
        }
        while (page.Count == PageBlobs);
        return pass;
    }

    private async Task<ComparisonOutcome> CompareAsync(Digest digest, ScrubPace pace, RepairTally tally, CancellationToken cancellationToken)
    {
        ComparisonOutcome outcome = await blobs.CompareAsync(
            digest,
            (bytes, token) =>
            {
                metrics.NoteCompared(bytes);
                tally.AddBytes(bytes);
                return pace.PayAsync(bytes, token);
            },
            cancellationToken).ConfigureAwait(false);
        if (outcome == ComparisonOutcome.Right)
        {
            notes.NoteVerified(digest);
            journal.NoteRight(digest);
        }

        return outcome;
    }
}

/// <summary>How often and how fast blobs are compared with their digests in the background.</summary>
public sealed class ScrubOptions
{
    /// <summary>Within so much time every blob is compared once; zero for never.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How many bytes are read in a second.</summary>
    public long BytesPerSecond { get; set; } = 20L << 20;
}
