using Shacache.Cli.Output;
using Shacache.Core.Blobs;
using Shacache.Core.Blobs.Repair;

namespace Shacache.Cli.Repair;

/// <summary>Compares the database, the index and the files of a data folder with each other, while they are in use.</summary>
/// <remarks>
/// What differs is looked at a second time, after what was noted is written: uploads and removals go on meanwhile. The index is put right. What is
/// gone without having been removed counts as damaged, and is brought back where that is possible.
/// </remarks>
internal sealed class StoreCheck(RepairParts parts)
{
    private const int BatchNotes = 256;

    private readonly List<BlobInfo> _unknown = [];
    private long _repaired;
    private long _lost;

    private IBlobIndex Index => parts.Database.Stores.BlobIndex;

    public async Task<CheckReportDocument> RunAsync(RepairTally tally, CancellationToken cancellationToken)
    {
        tally.Begin("comparing the index after a crash");
        await parts.EnsureIndexAsync(cancellationToken);
        tally.Begin("reading the database");
        IReadOnlyList<string> database = await parts.Database.FindDamageAsync(cancellationToken);
        tally.Begin("looking at the files");
        await parts.Notes.FlushAsync(cancellationToken);
        await CompareIndexAsync(tally, cancellationToken);
        BlobTotals files = await CompareFilesAsync(tally, cancellationToken);
        tally.Begin("looking for the content of entries");
        (long entries, long without) = await CountEntriesAsync(tally, cancellationToken);
        await HealAsync(cancellationToken);
        await parts.Notes.FlushAsync(cancellationToken);
        BlobTotals index = await Index.CountAsync(cancellationToken);
        DamageTotals damage = await parts.Database.Stores.Repairs.CountAsync(cancellationToken);
        List<string> problems = [.. database.Select(problem => $"database: {problem}")];
        if (damage.Open > 0)
            problems.Add($"{Counted.Of(damage.Open, "object")} damaged or lost, and not healed: 'shacache admin scrub' shows them");
        return new CheckReportDocument(
            problems.Count == 0, problems, database, Totals(index), Totals(files), _repaired, _lost, damage.Open, entries, without);
    }

    private static TotalsDocument Totals(BlobTotals totals) => new(totals.Count, totals.LengthBytes);

    /// <summary>What the index has, and the files lack.</summary>
    private async Task CompareIndexAsync(RepairTally tally, CancellationToken cancellationToken)
    {
        await foreach (BlobUsage usage in Index.ListLeastRecentlyUsedAsync(cancellationToken))
        {
            tally.AddObject();
            if (await parts.Content.Comparer.FindLengthAsync(usage.Digest, cancellationToken) is null && await parts.Scrub.NoteIfLostAsync(usage.Digest, cancellationToken))
            {
                _lost++;
                tally.AddDamaged();
            }
        }
    }

    /// <summary>What the files have, and the index lacks or knows with another length.</summary>
    private async Task<BlobTotals> CompareFilesAsync(RepairTally tally, CancellationToken cancellationToken)
    {
        BlobTotals files = default;
        await foreach (BlobInfo blob in parts.Content.Blobs.ListAsync(cancellationToken))
        {
            tally.AddObject();
            files = new BlobTotals(files.Count + 1, files.LengthBytes + blob.LengthBytes);
            if ((await Index.FindAsync(blob.Digest, cancellationToken))?.LengthBytes == blob.LengthBytes)
                continue;
            _unknown.Add(blob);
            if (_unknown.Count == BatchNotes)
                files = await AdoptAsync(files, cancellationToken);
        }

        return await AdoptAsync(files, cancellationToken);
    }

    private async Task<BlobTotals> AdoptAsync(BlobTotals files, CancellationToken cancellationToken)
    {
        await parts.Notes.FlushAsync(cancellationToken);
        foreach (BlobInfo blob in _unknown)
        {
            if ((await Index.FindAsync(blob.Digest, cancellationToken))?.LengthBytes == blob.LengthBytes)
                continue;
            if (await parts.Content.Comparer.FindLengthAsync(blob.Digest, cancellationToken) is { } lengthBytes && await parts.Content.Blobs.VerifyAsync(blob.Digest, cancellationToken))
            {
                parts.Notes.NoteStored(blob.Digest, lengthBytes);
                _repaired++;
            }
            else
            {
                // It was removed since, or is damaged, which is noted.
                files = new BlobTotals(files.Count - 1, files.LengthBytes - blob.LengthBytes);
            }
        }

        _unknown.Clear();
        return files;
    }

    private async Task<(long Entries, long Without)> CountEntriesAsync(RepairTally tally, CancellationToken cancellationToken)
    {
        (long entries, long without) = (0, 0);
        await foreach (Digest digest in parts.Database.ListEntryContentAsync(cancellationToken))
        {
            entries++;
            tally.AddObject();
            if (await parts.Content.Comparer.FindLengthAsync(digest, cancellationToken) is null)
                without++;
        }

        return (entries, without);
    }

    private async Task HealAsync(CancellationToken cancellationToken)
    {
        await parts.Journal.FlushAsync(cancellationToken);
        IReadOnlyList<DamagedBlob> due = await parts.Database.Stores.Repairs.ListDueAsync(parts.Time.GetUtcNow(), 1000, cancellationToken);
        await parts.Healing.HealAsync(due, cancellationToken);
    }
}
