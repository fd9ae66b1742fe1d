using System.Text.Json;
using Shacache.Blobs.FileSystem;
using Shacache.Core.Blobs;
using Shacache.Core.Blobs.Repair;
using Shacache.Core.Messages;

namespace Shacache.Cli.Repair;

/// <summary>Copies a data folder while it is in use (docs/decisions/0012-backups.md).</summary>
/// <remarks>
/// First the database, then content: what an entry of the copy names is there. Content is added to what an earlier backup left; the new database takes the
/// place of the old one once all of it is on the disk, and only then goes what the server has no more. So there is a whole backup at any time.
/// </remarks>
internal sealed class StoreBackup(RepairParts parts)
{
    /// <summary>Folders beside the content that belong to a server, with private keys in them.</summary>
    public static readonly string[] KeyFolders = ["ca", "tls"];

    public const string DatabaseName = "shacache.sqlite";
    public const string MarkName = "backup.json";
    private const string LockName = "backup.lock";
    private const int MaxDamaged = 100_000;

    public async Task<BackupReportDocument> RunAsync(string folder, bool isLinked, RepairTally tally, CancellationToken cancellationToken)
    {
        parts.Content.EnsureCopied();
        string target = BackupPlace.Check(folder, parts.DataFolder, MarkName);
        try
        {
            BackupPlace.Make(target);
            using FileStream held = Hold(target);
            if (!File.Exists(Path.Combine(target, MarkName)))
                await MarkAsync(target, new BackupMarkDocument(1, null, 0, 0), cancellationToken);
            try
            {
                return await CopyAsync(target, isLinked, tally, cancellationToken);
            }
            finally
            {
                // Where it failed for want of room it is not to take some.
                File.Delete(Path.Combine(target, $"{DatabaseName}.new"));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BlobStoreException($"The backup to {target} failed: {FileTrouble.Explain(e, target)}. What was there before is whole.", e);
        }
    }

    private static FileStream Hold(string target)
    {
        try
        {
            return new FileStream(Path.Combine(target, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException e) when (e is not (DirectoryNotFoundException or PathTooLongException) && File.Exists(Path.Combine(target, LockName)))
        {
            throw new StoreRefusalException($"Another backup into {target} is being made; wait for that one.");
        }
    }

    private static async Task MarkAsync(string target, BackupMarkDocument mark, CancellationToken cancellationToken)
    {
        string path = Path.Combine(target, MarkName);
        await File.WriteAllBytesAsync($"{path}.new", JsonSerializer.SerializeToUtf8Bytes(mark, RepairDocuments.Default.BackupMarkDocument), cancellationToken);
        File.Move($"{path}.new", path, overwrite: true);
    }

    private async Task<BackupReportDocument> CopyAsync(string target, bool isLinked, RepairTally tally, CancellationToken cancellationToken)
    {
        tally.Begin("copying the database");
        await parts.EnsureIndexAsync(cancellationToken);
        await parts.Notes.FlushAsync(cancellationToken);
        await parts.Journal.FlushAsync(cancellationToken);
        DateTimeOffset madeAt = parts.Time.GetUtcNow();
        string database = Path.Combine(target, DatabaseName);
        await parts.Database.BackupAsync($"{database}.new", cancellationToken);
        foreach (string name in KeyFolders)
            BackupPlace.CopyKeys(Path.Combine(parts.DataFolder, name), Path.Combine(target, name));

        tally.Begin("copying objects", (await parts.Database.Stores.BlobIndex.CountAsync(cancellationToken)).LengthBytes);
        Dictionary<Digest, DamagedBlob> damaged = (await parts.Database.Stores.Repairs.ListAsync(MaxDamaged, cancellationToken)).ToDictionary(blob => blob.Digest);
        using var copy = new ContentCopy(parts.DataFolder, target, isLinked ? CopyMode.Link : CopyMode.Copy);
        copy.Prepare();
        var counts = new Counts();
        await foreach (BlobInfo blob in copy.ListAsync(cancellationToken))
            await CopyAsync(copy, blob, damaged.GetValueOrDefault(blob.Digest), counts, tally, cancellationToken);

        tally.Begin("writing out");
        await copy.FlushAsync();
        File.Move($"{database}.new", database, overwrite: true);
        await MarkAsync(target, new BackupMarkDocument(1, madeAt, counts.All.Count, counts.All.LengthBytes), cancellationToken);
        await copy.FlushAsync();

        // From here on the new backup is there. What is missing on the server since it is damaged may be in no other place.
        tally.Begin("removing what is gone");
        long removed = await copy.PruneAsync(digest => damaged.TryGetValue(digest, out DamagedBlob? blob) && blob.HealedAt is null, cancellationToken);
        return new BackupReportDocument(
            target, counts.All.Count, counts.All.LengthBytes, counts.Copied.Count, counts.Copied.LengthBytes, removed, counts.Damaged, new FileInfo(database).Length);
    }

    private async Task CopyAsync(ContentCopy copy, BlobInfo blob, DamagedBlob? damaged, Counts counts, RepairTally tally, CancellationToken cancellationToken)
    {
        long read = 0;
        CopyOutcome outcome = await copy.CopyAsync(
            blob,
            damaged?.FoundAt ?? DateTimeOffset.MinValue,
            bytes =>
            {
                read += bytes;
                tally.AddBytes(bytes);
            },
            cancellationToken);
        tally.AddObject();
        tally.AddBytes(Math.Max(0, blob.LengthBytes - read));
        if (outcome is CopyOutcome.Copied or CopyOutcome.Kept)
            counts.All = new BlobTotals(counts.All.Count + 1, counts.All.LengthBytes + blob.LengthBytes);
        if (outcome == CopyOutcome.Copied)
            counts.Copied = new BlobTotals(counts.Copied.Count + 1, counts.Copied.LengthBytes + blob.LengthBytes);
        if (outcome != CopyOutcome.Damaged)
            return;
        counts.Damaged++;
        tally.AddDamaged();
        await parts.Content.Blobs.VerifyAsync(blob.Digest, cancellationToken);
    }

    private sealed class Counts
    {
        public BlobTotals All { get; set; }

        public BlobTotals Copied { get; set; }

        public long Damaged { get; set; }
    }
}
