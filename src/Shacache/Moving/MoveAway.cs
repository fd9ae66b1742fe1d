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
    /// <summary>A lease of the same copy, from before PostgreSQL was away, ends within that time.</summary>
    private static readonly TimeSpan OwnLeasePatience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LeasePause = TimeSpan.FromSeconds(1);

    /// <param name="dataFolder">The folder, whose lock is not needed.</param>
    /// <param name="content">Where content goes; null when it stays.</param>
    /// <param name="database">Where the rest goes, or is already; null when it stays in the folder.</param>
    /// <param name="isAgain">Whether this copy was there before, and may have a lease that has not ended yet.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="BlobStoreException">That is not possible.</exception>
    /// <exception cref="EntryStoreException">That is not possible.</exception>
    public static async Task<MoveEnds> OpenAsync(
        string dataFolder, S3Options? content, PostgreSqlOptions? database, bool isAgain, TimeProvider time, CancellationToken cancellationToken)
    {
        bool isElsewhere = content is not null && IsDatabaseElsewhere(dataFolder, database);
        var ends = new MoveEnds { Source = dataFolder, Target = NameOf(content, isElsewhere ? null : database) };
        try
        {
            if (content is not null)
                await OpenContentAsync(ends, dataFolder, content, time, cancellationToken);
            if (isElsewhere)
                ends.Log = ends.Own(new PostgreSqlDatabase(database!, time)).Rows;
            else if (database is not null)
                await OpenDatabaseAsync(ends, dataFolder, content, database, isAgain, time, cancellationToken);
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

    /// <summary>Whether the server has its database in PostgreSQL already, where it stays.</summary>
    /// <exception cref="EntryStoreException">It has, and that is not the one that is named: it would not be known what is taken away meanwhile.</exception>
    private static bool IsDatabaseElsewhere(string dataFolder, PostgreSqlOptions? database)
    {
        if (DatabaseMark.FindPlace(dataFolder) is not { } place)
            return false;
        return database?.Address.ToString() == place ? true : throw new EntryStoreException(
            $"The database of {dataFolder} is {place}, and stays there. Name it as the server does (database in the file of --config, or --database), since it says what is taken away while content is copied.");
    }

    private static async Task OpenContentAsync(MoveEnds ends, string dataFolder, S3Options content, TimeProvider time, CancellationToken cancellationToken)
    {
        ContentMark.CheckIsHere(dataFolder);
        if (!Directory.Exists(Path.Combine(dataFolder, "blobs")))
            throw new BlobStoreException($"{dataFolder} holds no content: it has no folder blobs. Name the data folder of a server.");
        var source = new FileContentSource(dataFolder);
        S3BlobStore store = ends.Own(new S3BlobStore(content, MemoryCachedBlobStore.MaxBlobBytes, time));
        ends.Content = (ends.Own(source), store);

        // What is named wrongly is found before anything is done.
        if (await store.FindProblemAsync(cancellationToken) is { } problem)
            throw new BlobStoreException(problem) { IsAway = true };
    }

    private static async Task OpenDatabaseAsync(
        MoveEnds ends, string dataFolder, S3Options? content, PostgreSqlOptions database, bool isAgain, TimeProvider time, CancellationToken cancellationToken)
    {
        DatabaseMark.CheckIsHere(dataFolder);
        SqliteRows rows = ends.Own(await SqliteRows.OpenAsync(SqliteServedDatabase.PathIn(dataFolder), cancellationToken));
        PostgreSqlDatabase target = ends.Own(new PostgreSqlDatabase(database, time));
        ILease lease = await TryTakeLeaseAsync(target, isAgain, time, cancellationToken) ??
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

    private static async Task<ILease?> TryTakeLeaseAsync(PostgreSqlDatabase target, bool isAgain, TimeProvider time, CancellationToken cancellationToken)
    {
        long began = time.GetTimestamp();
        while (true)
        {
            if (await target.Leases.TryTakeAsync(PostgreSqlDatabase.MoveLease, cancellationToken) is { } lease)
                return lease;
            if (!isAgain || time.GetElapsedTime(began) > OwnLeasePatience)
                return null;
            await Task.Delay(LeasePause, time, cancellationToken);
        }
    }

    private static async Task<bool> IsEmptyAsync(IContentTarget store, CancellationToken cancellationToken)
    {
        await foreach (BlobInfo _ in store.ListAsync(cancellationToken))
            return false;
        return true;
    }
}
