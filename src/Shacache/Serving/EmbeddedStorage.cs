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

    private readonly SqliteDatabase _database;
    private readonly FileSystemBlobStore _files;
    private readonly BlobNotes _notes;

    private EmbeddedStorage(FileSystemBlobStore files, SqliteDatabase database, long memoryCacheBytes, TimeProvider time)
    {
        _files = files;
        _database = database;
        _notes = new BlobNotes(database.BlobIndex, time);
        Blobs = new IndexedBlobStore(new MemoryCachedBlobStore(files, memoryCacheBytes), _notes);
        files.OnDamage = damage =>
        {
            _notes.NoteDeleted(damage.Digest);
            OnDamage?.Invoke(damage);
        };
    }

    /// <summary>Content, with the memory cache and the index around it.</summary>
    public IBlobStore Blobs { get; }

    /// <summary>Told of each file that was found damaged, once, on any thread.</summary>
    public Action<BlobDamage>? OnDamage { get; set; }

    /// <summary>All but the content.</summary>
    public IDatabase Database => _database;

    /// <summary>Opens the stores, in the same time for any number of objects.</summary>
    /// <exception cref="BlobStoreException">The folders cannot be made or written to.</exception>
    /// <exception cref="EntryStoreException">The database cannot be opened.</exception>
    public static async Task<EmbeddedStorage> OpenAsync(
        string dataFolder, long memoryCacheBytes, TimeProvider time, CancellationToken cancellationToken)
    {
        FileSystemBlobStore files = FileSystemBlobStore.Open(
            new FileSystemBlobOptions { DataFolder = dataFolder, VerifiedByReaderBytes = MemoryCachedBlobStore.MaxBlobBytes });
        try
        {
            SqliteDatabase database = await SqliteDatabase.OpenAsync(DatabasePath(dataFolder), time, cancellationToken);
            return new EmbeddedStorage(files, database, memoryCacheBytes, time);
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
        return await _database.BlobIndex.RebuildAsync(ListRightAsync(verifiesAll, cancellationToken), cancellationToken);
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
    }
}
