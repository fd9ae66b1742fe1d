using Shacache.Core;
using Shacache.Core.Accounts;
using Shacache.Core.Blobs;
using Shacache.Core.Blobs.Indexing;
using Shacache.Core.Blobs.Repair;
using Shacache.Core.Entries;
using Shacache.Core.Leases;
using Shacache.Core.Moving;
using Shacache.Core.Retention;
using Shacache.Core.Savings;
using Shacache.Core.Upstreams;
using Shacache.Database.Sqlite.Accounts;
using Shacache.Database.Sqlite.Blobs;
using Shacache.Database.Sqlite.Engine;
using Shacache.Database.Sqlite.Entries;
using Shacache.Database.Sqlite.Moving;
using Shacache.Database.Sqlite.Retention;
using Shacache.Database.Sqlite.Savings;
using Shacache.Database.Sqlite.Upstreams;
using SQLitePCL;

namespace Shacache.Database.Sqlite;

/// <summary>One SQLite file that holds the entries, the accounts, the audit log and the blob index (docs/decisions/0003-entries-in-sqlite.md).</summary>
/// <remarks>
/// Beside the file SQLite keeps a log (<c>-wal</c>) and its index (<c>-shm</c>); the three belong together. What was
/// acknowledged survives a crash and a loss of power. Opening takes the same time for any number of rows. Other processes may
/// have the file open as well. Safe for concurrent use.
/// </remarks>
public sealed class SqliteDatabase : IDatabase
{
    private readonly ReaderPool _readers;
    private readonly Checkpointer _checkpointer;
    private readonly WriteQueue _writer;
    private readonly SqliteEntryStore _entries;
    private readonly SqliteBlobIndex _blobIndex;
    private readonly string _path;
    private bool _disposed;

    private SqliteDatabase(string path, TimeProvider timeProvider)
    {
        _path = path;
        Connection writer = Connection.Open(path, Connection.BusyTimeoutMs);
        try
        {
            // First of all: the file of another program, or of a newer version of this one, is not to be touched.
            Migration.Check(writer, path);
            // Before the first table, and so only for a new file.
            writer.ExecuteScript($"PRAGMA page_size = {PageBytes}; PRAGMA journal_mode = WAL;");
            // FULL: each commit is flushed to the disk. Checkpoints are the checkpointer's, never part of a commit.
            writer.ExecuteScript(
                $"PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = {Checkpointer.MaxLogBytes}; PRAGMA cache_size = -8192;");
            Migration.Apply(writer, path);

            Connection checkpoints = Connection.Open(path, busyTimeoutMs: 0);
            checkpoints.ExecuteScript("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;");
            _checkpointer = new Checkpointer(checkpoints, PageBytes);
        }
        catch
        {
            writer.Dispose();
            throw;
        }

        _writer = new WriteQueue(writer, _checkpointer);
        _readers = new ReaderPool(() => OpenReader(path), Math.Clamp(Environment.ProcessorCount * 2, 4, 16));
        _entries = new SqliteEntryStore(_writer, _readers, timeProvider);
        _blobIndex = new SqliteBlobIndex(_writer, _readers, timeProvider);
        Retention = new SqliteRetentionStore(_writer, _readers, timeProvider);
        Repairs = new SqliteRepairLog(_writer, _readers);
        Accounts = new SqliteAccountStore(_writer, _readers, timeProvider);
        AuditLog = new SqliteAuditLog(_writer, _readers);
        UpstreamListings = new SqliteUpstreamListings(_writer, _readers, timeProvider);
        Forwards = new SqliteForwardQueue(_writer, _readers, timeProvider);
        Savings = new SqliteSavings(_writer, _readers, timeProvider);
        Rows = new SqliteMoveTarget(_writer, _readers);
    }

    /// <inheritdoc/>
    public IEntryStore Entries => _entries;

    /// <inheritdoc/>
    public IBlobIndex BlobIndex => _blobIndex;

    /// <inheritdoc/>
    public IRetentionStore Retention { get; }

    /// <inheritdoc/>
    public IRepairLog Repairs { get; }

    /// <inheritdoc/>
    public IAccountStore Accounts { get; }

    /// <inheritdoc/>
    public IAuditLog AuditLog { get; }

    /// <inheritdoc/>
    public IUpstreamListings UpstreamListings { get; }

    /// <inheritdoc/>
    public IForwardQueue Forwards { get; }

    /// <inheritdoc/>
    public ISavings Savings { get; }

    /// <inheritdoc/>
    public ILeases Leases { get; } = new OwnLeases();

    /// <summary>All of it as rows, for one that is moved here; nothing else uses it meanwhile.</summary>
    public IMoveTarget Rows { get; }

    /// <summary>How many changes wait to be committed.</summary>
    public int WaitingChanges => _writer.Waiting;

    /// <summary>Length of a page of a new database, in bytes.</summary>
    internal static int PageBytes => 4096;

    /// <summary>Opens a database, creating it where there is none, and brings its schema up to date.</summary>
    /// <param name="path">The file; its folder exists.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="cancellationToken">Honoured before the work begins.</param>
    /// <exception cref="StorageFullException">There is no room.</exception>
    /// <exception cref="EntryStoreException">
    /// The file cannot be opened, is no database or another program's, or was written by a newer version. One line says which.
    /// </exception>
    public static Task<SqliteDatabase> OpenAsync(string path, TimeProvider timeProvider, CancellationToken cancellationToken) =>
        Task.Run(() => Open(path, timeProvider), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<EntryAddition> AddEntryAsync(
        EntryKey key, SignedEntry entry, EntryRoom? room, AuditEntry? audit, EntryWorth worth, CancellationToken cancellationToken)
    {
        byte[] digest = new byte[Digest.LengthBytes];
        entry.Digest.CopyTo(digest);
        var listed = new ListedBlob(
            KeyPrefix.Of(key.Value), ListedBlob.IsOfRelease(entry.Information), (long)worth.BuildTime.TotalMilliseconds, (long)worth.FetchTime.TotalMilliseconds);
        return _entries.AddAsync(key, entry, room, worth, Together, cancellationToken);

        void Together(Connection connection)
        {
            if (audit is not null)
                AuditRow.Insert(connection, audit);
            new BlobTable(connection, stackalloc byte[Digest.LengthBytes], new SentSums(), nowMs: 0).Learn(digest, listed);
        }
    }

    /// <summary>Copies the database, as it is when this begins, into another file, while it is read and written.</summary>
    /// <param name="target">The file; one that is there is replaced.</param>
    /// <param name="cancellationToken">Stops; the target is not usable then.</param>
    /// <exception cref="StorageFullException">There is no room for it.</exception>
    /// <exception cref="BlobStoreException">It failed.</exception>
    public Task BackupAsync(string target, CancellationToken cancellationToken) =>
        Task.Factory.StartNew(() => DatabaseInspection.Copy(_path, target, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Reads the whole database and looks for damage.</summary>
    /// <returns>One line for each problem, a hundred at most.</returns>
    /// <exception cref="BlobStoreException">It cannot be read.</exception>
    public Task<IReadOnlyList<string>> FindDamageAsync(CancellationToken cancellationToken) => Task.Factory.StartNew(
        () => DatabaseInspection.FindDamage(_path, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>The content of every entry, page by page.</summary>
    /// <exception cref="BlobStoreException">The database cannot be read.</exception>
    public IAsyncEnumerable<Digest> ListEntryContentAsync(CancellationToken cancellationToken) => DatabaseInspection.ListEntryContentAsync(_readers, cancellationToken);

    /// <summary>Ends what is waiting, closes the file.</summary>
    public ValueTask DisposeAsync()
    {
        if (_disposed)
            return ValueTask.CompletedTask;
        _disposed = true;
        // The last to close empties the log into the file; that is to be the writer, which may write.
        _readers.Dispose();
        _writer.Dispose();
        _checkpointer.Dispose();
        _blobIndex.Dispose();
        return ValueTask.CompletedTask;
    }

    private static SqliteDatabase Open(string path, TimeProvider timeProvider)
    {
        try
        {
            return new SqliteDatabase(path, timeProvider);
        }
        catch (SqliteFailureException e)
        {
            throw (e.ResultCode & 0xFF) == raw.SQLITE_NOTADB
                ? new EntryStoreException($"{path} is not a database. Name another data folder, or put back a backup.", e)
                : e.ForEntries($"{path} cannot be opened");
        }
    }

    private static Connection OpenReader(string path)
    {
        Connection connection = Connection.Open(path, Connection.BusyTimeoutMs);
        try
        {
            connection.ExecuteScript("PRAGMA query_only = 1;");
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
