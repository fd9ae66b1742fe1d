using Shacache.Blobs.FileSystem;
using Shacache.Blobs.S3;
using Shacache.Cli.Contents;
using Shacache.Cli.Databases;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Leases;
using Shacache.Core.Moving;
using Shacache.Database.PostgreSql;
using Shacache.Database.Sqlite.Moving;

namespace Shacache.Cli.Moving;

/// <summary>From a data folder, whose server may run, to an object store, to PostgreSQL, or to both.</summary>
internal static class MoveAway
{
    /// <param name="dataFolder">The folder, whose lock is not needed.</param>
    /// <param name="content">Where content goes; null when it stays.</param>
    /// <param name="database">Where the rest goes; null when it stays.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="BlobStoreException">That is not possible.</exception>
    /// <exception cref="EntryStoreException">That is not possible.</exception>
    public static async Task<MoveEnds> OpenAsync(string dataFolder, S3Options? content, PostgreSqlOptions? database, TimeProvider time, CancellationToken cancellationToken)
    {
        var ends = new MoveEnds { Source = dataFolder, Target = NameOf(content, database) };
        try
        {
            if (content is not null)
            {
                ContentMark.CheckIsHere(dataFolder);
                if (!Directory.Exists(Path.Combine(dataFolder, "blobs")))
                    throw new BlobStoreException($"{dataFolder} holds no content: it has no folder blobs. Name the data folder of a server.");
                ends.Content = (ends.Own(new FileContentSource(dataFolder)), ends.Own(new S3BlobStore(content, MemoryCachedBlobStore.MaxBlobBytes, time)));
            }

            if (database is not null)
                await OpenDatabaseAsync(ends, dataFolder, content, database, time, cancellationToken);
            else if (File.Exists(SqliteServedDatabase.PathIn(dataFolder)))
                ends.Log = ends.Own(await SqliteRows.OpenAsync(SqliteServedDatabase.PathIn(dataFolder), cancellationToken));
            return ends;
        }
        catch
        {
            await ends.DisposeAsync();
            throw;
        }
    }

    /// <summary>Places, for people.</summary>
    public static string NameOf(S3Options? content, PostgreSqlOptions? database) =>
        string.Join(" and ", new object?[] { content?.Address, database?.Address }.Where(place => place is not null));

    private static async Task OpenDatabaseAsync(
        MoveEnds ends, string dataFolder, S3Options? content, PostgreSqlOptions database, TimeProvider time, CancellationToken cancellationToken)
    {
        DatabaseMark.CheckIsHere(dataFolder);
        SqliteRows rows = ends.Own(await SqliteRows.OpenAsync(SqliteServedDatabase.PathIn(dataFolder), cancellationToken));
        PostgreSqlDatabase target = ends.Own(new PostgreSqlDatabase(database, time));
        ILease lease = await target.Leases.TryTakeAsync(PostgreSqlDatabase.MoveLease, cancellationToken) ??
            throw new EntryStoreException($"Another process copies into {database.Address}, or did until a moment ago. Wait for it, or 20 seconds.");
        ends.Own(lease);
        ends.Lost = lease.Lost;
        bool isEmpty = ends.Content is { To: var store } && await IsEmptyAsync(store, cancellationToken);
        ends.IsMirror = await target.BeginMoveAsync(dataFolder, content?.Address.ToString(), isEmpty, cancellationToken);
        ends.Rows = (rows, target.Rows);
        if (!ends.IsMirror)
            ends.Log = rows;
        ends.EndAsync = target.EndMoveAsync;
    }

    private static async Task<bool> IsEmptyAsync(IContentTarget store, CancellationToken cancellationToken)
    {
        await foreach (BlobInfo _ in store.ListAsync(cancellationToken))
            return false;
        return true;
    }
}
