using System.Runtime.CompilerServices;
using Shacache.Blobs.FileSystem;
using Shacache.Blobs.FileSystem.Verification;
using Shacache.Core;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Database.Sqlite;

namespace Shacache.Cli.Serving;

/// <summary>The stores in a data folder: content on the file system, entries, accounts, audit log and blob index in SQLite. The caller holds the folder's lock.</summary>
internal sealed class EmbeddedStorage : IAsyncDisposable
{
    /// <summary>Name of the database in the data folder.</summary>
    public const string DatabaseName = "shacache.sqlite";

    /// <summary>Name of a file that is there from the opening to an orderly end. What was noted in the seconds before any other end is lost.</summary>
    private const string OpenMarkName = "running";

    private readonly SqliteDatabase _database;
    private readonly FileSystemBlobStore _files;
    private readonly BlobNotes _notes;
    private readonly StoreBudget _budget;
    private readonly string _openMark;

    private EmbeddedStorage(FileSystemBlobStore files, SqliteDatabase database, EmbeddedStorageOptions options, TimeProvider time)
    {
        _files = files;
        _database = database;
        _notes = new BlobNotes(database.BlobIndex, time);
        _budget = new StoreBudget(options.Budget, files.FindSpace);
        var indexed = new IndexedBlobStore(new MemoryCachedBlobStore(files, options.MemoryCacheBytes), _notes);
        Blobs = new BoundedBlobStore(indexed, _budget);
        Eviction = new BlobEviction(indexed, database.BlobIndex, _notes, _budget, time);
        _openMark = Path.Combine(options.DataFolder, OpenMarkName);
        IsIndexInDoubt = File.Exists(_openMark);
        TryMark(path => File.WriteAllBytes(path, []));
        files.OnDamage = damage =>
        {
            _notes.NoteDeleted(damage.Digest);
            OnDamage?.Invoke(damage);
        };
    }

    /// <summary>Content, with the memory cache and the index around it.</summary>
    public IBlobStore Blobs { get; }

    /// <summary>Makes room; nothing does unless it is told to.</summary>
    public BlobEviction Eviction { get; }

    /// <summary>How much may be stored.</summary>
    public StoreBudget Budget => _budget;

    /// <summary>Whether the index may lack some blobs, as after a crash: it is to be rebuilt.</summary>
    public bool IsIndexInDoubt { get; private set; }

    /// <summary>Told of each file that was found damaged, once, on any thread.</summary>
    public Action<BlobDamage>? OnDamage { get; set; }

    /// <summary>All but the content.</summary>
    public IDatabase Database => _database;

    /// <summary>Opens the stores, in the same time for any number of objects.</summary>
    /// <exception cref="BlobStoreException">The folders cannot be made or written to.</exception>
    /// <exception cref="EntryStoreException">The database cannot be opened.</exception>
    public static async Task<EmbeddedStorage> OpenAsync(EmbeddedStorageOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        FileSystemBlobStore files = FileSystemBlobStore.Open(
            new FileSystemBlobOptions { DataFolder = options.DataFolder, VerifiedByReaderBytes = MemoryCachedBlobStore.MaxBlobBytes });
        try
        {
            SqliteDatabase database = await SqliteDatabase.OpenAsync(DatabasePath(options.DataFolder), time, cancellationToken);
            return new EmbeddedStorage(files, database, options, time);
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    public static string DatabasePath(string dataFolder) => Path.Combine(dataFolder, DatabaseName);

    /// <summary>Makes the index agree with the files. Those that it lacks, or knows with another length, are compared with their digests first.</summary>
    /// <param name="verifiesAll">Whether the others are compared, too.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>How many blobs there are. What is damaged is not among them.</returns>
    public async ValueTask<BlobTotals> RebuildIndexAsync(bool verifiesAll, CancellationToken cancellationToken)
    {
        await _notes.FlushAsync(cancellationToken);
        BlobTotals totals = await _database.BlobIndex.RebuildAsync(ListRightAsync(verifiesAll, cancellationToken), cancellationToken);
        IsIndexInDoubt = false;
        return totals;
    }

    private async IAsyncEnumerable<BlobInfo> ListRightAsync(bool verifiesAll, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (BlobInfo blob in _files.ListAsync(cancellationToken))
        {
            bool isKnown = !verifiesAll && (await _database.BlobIndex.FindAsync(blob.Digest, cancellationToken))?.LengthBytes == blob.LengthBytes;
            if (isKnown || await _files.VerifyAsync(blob.Digest, cancellationToken))
                yield return blob;
        }
    }

    /// <summary>Writes what was noted, and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        await _notes.DisposeAsync();
        await _database.DisposeAsync();
        _files.Dispose();
        _budget.Dispose();
        if (!IsIndexInDoubt)
            TryMark(File.Delete);
    }

    /// <summary>What is stored is served without room for the mark, too; then a crash is not noticed.</summary>
    private void TryMark(Action<string> change)
    {
        try
        {
            change(_openMark);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // As above.
        }
    }
}

/// <summary>What is opened, and how.</summary>
/// <param name="DataFolder">Holds all of it.</param>
internal sealed record EmbeddedStorageOptions(string DataFolder)
{
    /// <summary>Memory for small blobs that are read often; 0 for none.</summary>
    public long MemoryCacheBytes { get; init; }

    /// <summary>How much is stored.</summary>
    public StoreBudgetOptions Budget { get; init; } = new();
}
