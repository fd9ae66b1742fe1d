using System.Text.Json;
using Shacache.Blobs.FileSystem;
using Shacache.Cli.Errors;
using Shacache.Cli.Repair;
using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Blobs.Repair;
using Shacache.Core.Messages;

namespace Shacache.Cli.Serving.Storage;

/// <summary>Makes a data folder from a backup, each object compared with its digest on the way. A folder that is not restored to its end cannot be served.</summary>
internal static class StoreRestore
{
    /// <param name="backup">The folder of the backup, also one that was copied by other means.</param>
    /// <param name="data">The new data folder: empty, or not there.</param>
    /// <param name="tally">Shows how far it has come.</param>
    /// <param name="cancellationToken">Stops; what was restored by then is of no use.</param>
    /// <exception cref="CommandFailedException">That is not possible.</exception>
    /// <exception cref="BlobStoreException">A copy failed.</exception>
    public static async Task<RestoreReportDocument> RunAsync(string backup, string data, RepairTally tally, CancellationToken cancellationToken)
    {
        string database = EmbeddedStorage.DatabasePath(backup);
        if (!File.Exists(database))
        {
            throw new CommandFailedException(
                ExitCode.Error,
                $"{backup} holds no complete backup: it has no {EmbeddedStorage.DatabaseName}. Nothing was changed; name the folder that 'shacache admin backup' was given.");
        }

        if (File.Exists(data) || (Directory.Exists(data) && !BackupPlace.IsEmpty(data)))
            throw new CommandFailedException(ExitCode.Error, $"{data} is not empty. Nothing was changed; name a new folder with --data.");
        try
        {
            BackupMarkDocument? mark = await ReadMarkAsync(backup, cancellationToken);
            BackupPlace.Make(data);
            using DataFolderLock held = DataFolderLock.Acquire(data);
            string restoring = EmbeddedStorage.RestoreMarkPath(data);
            await File.WriteAllBytesAsync(restoring, [], cancellationToken);
            List<string> damaged = await CopyAsync(backup, data, mark, tally, cancellationToken);
            foreach (string name in StoreBackup.KeyFolders)
                BackupPlace.CopyKeys(Path.Combine(backup, name), Path.Combine(data, name));
            File.Copy(database, EmbeddedStorage.DatabasePath(data));
            using (var copy = new ContentCopy(backup, data, CopyMode.Verified))
                await copy.FlushAsync();
            File.Delete(restoring);
            try
            {
                return await FinishAsync(backup, data, mark, damaged, tally, cancellationToken);
            }
            catch
            {
                await File.WriteAllBytesAsync(restoring, [], CancellationToken.None);
                throw;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(ExitCode.Error, $"the restore into {data} failed: {FileTrouble.Explain(e, data)}. Empty the folder, and try again.", e);
        }
    }

    private static async Task<BackupMarkDocument?> ReadMarkAsync(string backup, CancellationToken cancellationToken)
    {
        string path = Path.Combine(backup, StoreBackup.MarkName);
        if (!File.Exists(path))
            return null;
        try
        {
            BackupMarkDocument? mark = JsonSerializer.Deserialize(await File.ReadAllTextAsync(path, cancellationToken), RepairDocuments.Default.BackupMarkDocument);
            return mark is null or { Format: 1 }
                ? mark
                : throw new CommandFailedException(ExitCode.Error, $"{path} was written by a newer version of this program (format {mark.Format}). Nothing was changed; run that version.");
        }
        catch (JsonException)
        {
            // It says only when the backup was made.
            return null;
        }
    }

    private static async Task<List<string>> CopyAsync(string backup, string data, BackupMarkDocument? mark, RepairTally tally, CancellationToken cancellationToken)
    {
        List<string> damaged = [];
        using var copy = new ContentCopy(backup, data, CopyMode.Verified);
        copy.Prepare();
        tally.Begin("restoring objects", mark?.Bytes);
        await foreach (BlobInfo blob in copy.ListAsync(cancellationToken))
        {
            if (await copy.CopyAsync(blob, DateTimeOffset.MinValue, tally.AddBytes, cancellationToken) == CopyOutcome.Damaged)
            {
                damaged.Add(blob.Digest.ToString());
                tally.AddDamaged();
            }

            tally.AddObject();
        }

        return damaged;
    }

    /// <summary>Opens what was restored, makes the index agree with it, and records that it was restored.</summary>
    private static async Task<RestoreReportDocument> FinishAsync(
        string backup, string data, BackupMarkDocument? mark, List<string> damaged, RepairTally tally, CancellationToken cancellationToken)
    {
        tally.Begin("making the index");
        await using EmbeddedStorage storage = await EmbeddedStorage.OpenAsync(new EmbeddedStorageOptions(data), TimeProvider.System, cancellationToken);
        IReadOnlyList<string> problems = await storage.FindDatabaseDamageAsync(cancellationToken);
        if (problems.Count > 0)
            throw new CommandFailedException(ExitCode.Error, $"the database of the backup {backup} is damaged: {problems[0]}. Restore another backup.");
        BlobTotals totals = await storage.RebuildIndexAsync(verifiesAll: false, cancellationToken);
        foreach (string digest in damaged)
            storage.Damage.NoteDamaged(Digest.Parse(digest), "it is damaged in the backup", null);
        string made = mark?.MadeAt is { } at ? $" of {at.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z" : "";
        await storage.Database.AuditLog.AddAsync(
            [new AuditEntry(
                TimeProvider.System.GetUtcNow(), AuditEntry.Operator, AuditAction.Restore, backup, "local",
                $"backup{made}: {totals.Count} objects of {totals.LengthBytes} bytes, {damaged.Count} damaged")],
            cancellationToken);
        return new RestoreReportDocument(data, totals.Count, totals.LengthBytes, damaged, mark?.MadeAt);
    }
}
