using Shacache.Core;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Stores;
using Shacache.Database.PostgreSql;

namespace Shacache.Cli.Databases;

/// <summary>The database of a server, with what can be done with it as a whole.</summary>
internal abstract class ServedDatabase : IAsyncDisposable
{
    /// <summary>What is stored in it.</summary>
    public abstract IDatabase Stores { get; }

    /// <summary>How many changes wait to be committed.</summary>
    public abstract int WaitingChanges { get; }

    /// <summary>The database when it is PostgreSQL, which may be away and has other nodes; null when it is in the data folder.</summary>
    public virtual PostgreSqlDatabase? Shared => null;

    /// <summary>Opens the database of a data folder.</summary>
    /// <param name="dataFolder">The folder.</param>
    /// <param name="elsewhere">Where it is; null for in the folder.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="EntryStoreException">It cannot be opened, or is elsewhere. PostgreSQL is not asked yet.</exception>
    public static async Task<ServedDatabase> OpenAsync(string dataFolder, PostgreSqlOptions? elsewhere, TimeProvider time, CancellationToken cancellationToken)
    {
        if (elsewhere is not null)
        {
            DatabaseMark.Write(dataFolder, elsewhere.Address);
            return new PostgreSqlServedDatabase(elsewhere, time);
        }

        DatabaseMark.CheckIsHere(dataFolder);
        return await SqliteServedDatabase.OpenAsync(SqliteServedDatabase.PathIn(dataFolder), time, cancellationToken);
    }

    /// <summary>How long its files are.</summary>
    /// <exception cref="BlobStoreException">It does not answer.</exception>
    public abstract ValueTask<DatabaseSize> MeasureAsync(CancellationToken cancellationToken);

    /// <summary>Copies it into a file while it is in use.</summary>
    /// <exception cref="BlobStoreException">It failed, or is not for this program to copy.</exception>
    public abstract Task BackupAsync(string target, CancellationToken cancellationToken);

    /// <summary>Reads all of it and looks for damage.</summary>
    /// <returns>One line for each problem.</returns>
    public abstract Task<IReadOnlyList<string>> FindDamageAsync(CancellationToken cancellationToken);

    /// <summary>The content of every entry, page by page.</summary>
    public abstract IAsyncEnumerable<Digest> ListEntryContentAsync(CancellationToken cancellationToken);

    /// <summary>Closes it.</summary>
    public abstract ValueTask DisposeAsync();
}
