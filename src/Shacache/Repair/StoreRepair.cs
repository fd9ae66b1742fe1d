using Shacache.Core.Blobs;
using Shacache.Core.Blobs.Repair;

namespace Shacache.Cli.Repair;

/// <summary>Looks after the stores of a data folder, for operators who ask.</summary>
internal sealed class StoreRepair(RepairParts parts) : IStoreRepair
{
    private const int ShownObjects = 100;

    /// <summary>So many missing objects are tried at the end of a scrub; the rest in the background.</summary>
    private const int MaxTried = 10_000;

    private int _isScrubbing;
    private int _isBackingUp;

    private IRepairLog Log => parts.Database.Stores.Repairs;

    public async ValueTask<ScrubStateDocument> DescribeScrubAsync(CancellationToken cancellationToken)
    {
        ScrubOptions options = parts.Scrub.Options;
        await parts.Notes.FlushAsync(cancellationToken);
        await parts.Journal.FlushAsync(cancellationToken);
        DateTimeOffset before = parts.Time.GetUtcNow() - options.Interval;
        DamageTotals totals = await Log.CountAsync(cancellationToken);
        return new ScrubStateDocument(
            (long)options.Interval.TotalSeconds,
            options.BytesPerSecond,
            await Log.FindPassAsync(cancellationToken) is { } pass
                ? new ScrubPassDocument(pass.BeganAt, pass.EndedAt, pass.Compared.Count, pass.Compared.LengthBytes, pass.Damaged)
                : null,
            options.Interval == TimeSpan.Zero ? 0 : await parts.Database.Stores.BlobIndex.CountDueAsync(before, cancellationToken),
            totals.Open,
            totals.Healed,
            [.. (await Log.ListAsync(ShownObjects, cancellationToken)).Select(DamagedDocument.Of)]);
    }

    public async Task<ScrubReportDocument> ScrubAsync(Digest? digest, long? bytesPerSecond, RepairTally tally, CancellationToken cancellationToken)
    {
        (long found, long healed) = (parts.Journal.FoundCount, parts.Journal.HealedCount);
        await parts.EnsureIndexAsync(cancellationToken);
        BlobTotals compared;
        long unread = 0;
        bool? isStored = null;
        if (digest is { } one)
        {
            tally.Begin("comparing", (await parts.Database.Stores.BlobIndex.FindAsync(one, cancellationToken))?.LengthBytes);
            await parts.Scrub.CompareAsync(one, tally, cancellationToken);
            compared = new BlobTotals(tally.Bytes > 0 ? 1 : 0, tally.Bytes);
            await parts.Journal.FlushAsync(cancellationToken);
            if (await Log.FindAsync(one, cancellationToken) is { HealedAt: null } damaged)
                await parts.Healing.HealAsync([damaged], cancellationToken);
            isStored = await parts.Content.Comparer.FindLengthAsync(one, cancellationToken) is not null;
        }
        else
        {
            if (Interlocked.Exchange(ref _isScrubbing, 1) == 1)
                throw new StoreRefusalException("Everything is being compared already, for another command; wait for that one.");
            try
            {
                ScrubPass pass = await parts.Scrub.RunNowAsync(bytesPerSecond, tally, _ => unread++, cancellationToken);
                compared = pass.Compared;
                tally.Begin("looking for what the index lacks");
                await parts.RebuildIndexAsync(cancellationToken);
                await HealAllAsync(tally, cancellationToken);
            }
            finally
            {
                Volatile.Write(ref _isScrubbing, 0);
            }
        }

        await parts.Journal.FlushAsync(cancellationToken);
        DamageTotals totals = await Log.CountAsync(cancellationToken);
        return new ScrubReportDocument(
            compared.Count,
            compared.LengthBytes,
            parts.Journal.FoundCount - found,
            parts.Journal.HealedCount - healed,
            totals.Open,
            unread,
            isStored,
            [.. (await Log.ListAsync(ShownObjects, cancellationToken)).Where(blob => blob.HealedAt is null).Select(DamagedDocument.Of)]);
    }

    public Task<CheckReportDocument> CheckAsync(RepairTally tally, CancellationToken cancellationToken) => new StoreCheck(parts).RunAsync(tally, cancellationToken);

    public async Task<BackupReportDocument> BackupAsync(string folder, bool isLinked, RepairTally tally, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _isBackingUp, 1) == 1)
            throw new StoreRefusalException("A backup of this server is being made already; wait for that one.");
        try
        {
            return await new StoreBackup(parts).RunAsync(folder, isLinked, tally, cancellationToken);
        }
        finally
        {
            Volatile.Write(ref _isBackingUp, 0);
        }
    }

    private async Task HealAllAsync(RepairTally tally, CancellationToken cancellationToken)
    {
        await parts.Journal.FlushAsync(cancellationToken);
        DamagedBlob[] open = [.. (await Log.ListAsync(MaxTried, cancellationToken)).Where(blob => blob.HealedAt is null)];
        if (open.Length == 0)
            return;
        tally.Begin("bringing back what is damaged");
        await parts.Healing.HealAsync(open, cancellationToken);
    }
}
