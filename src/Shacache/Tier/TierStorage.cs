using Shacache.Blobs.FileSystem;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Messages;
using Shacache.Core.Retention;
using Shacache.Core.Tier;
using Shacache.Database.Sqlite;

namespace Shacache.Cli.Tier;

/// <summary>The local tier of a node in its data folder: files as the embedded store has them, and an index of their use in SQLite. All of it may be deleted at any time.</summary>
internal sealed class TierStorage : IAsyncDisposable
{
    /// <summary>Name of its folder in the data folder.</summary>
    public const string FolderName = "local-cache";

    /// <summary>Name of the folder in it for what is coming in.</summary>
    public const string SpoolName = "coming";

    private const string IndexName = "index.sqlite";
    private const string AsideSuffix = ".dropped";

    /// <summary>For how long the end waits for what is being deleted.</summary>
    private static readonly TimeSpan SweepPatience = TimeSpan.FromSeconds(2);

    /// <summary>Name of a file that is there from the opening to an orderly end: after any other, the index may lack files.</summary>
    private const string OpenMarkName = "running";

    private readonly string _folder;
    private readonly string _origin;
    private readonly FileSystemBlobStore _files;
    private readonly SqliteDatabase _index;
    private Task _sweeping = Task.CompletedTask;

    private TierStorage(string folder, string origin, IBlobStore remote, FileSystemBlobStore files, SqliteDatabase index, StoreBudgetOptions budget, TimeProvider time)
    {
        _folder = folder;
        _origin = origin;
        _files = files;
        _index = index;
        Local = new LocalTier(files, index.BlobIndex, new StoreBudget(budget, files.FindSpace), time);
        Blobs = new TieredBlobStore(remote, Local, Path.Combine(folder, SpoolName), time);
        files.OnDamage = damage =>
        {
            Local.NoteDamaged(damage.Digest);
            OnDamage?.Invoke(damage.Digest, damage.Reason);

            // Nothing is lost with it.
            if (damage.MovedTo is { } path)
                TryChange(path, File.Delete);
        };
    }

    /// <summary>The content, with the tier in front of it.</summary>
    public TieredBlobStore Blobs { get; }

    /// <summary>The tier.</summary>
    public LocalTier Local { get; }

    /// <summary>What was known when this node last heard of others.</summary>
    public TierKnowledge? Known { get; private set; }

    /// <summary>Told of each file that was found damaged, once, on any thread. It is read from the store again.</summary>
    public Action<Digest, string>? OnDamage { get; set; }

    /// <summary>Opens the tier, in the same time for any number of files. One of another content or database, or whose index is damaged, is dropped.</summary>
    /// <param name="dataFolder">Where its folder is.</param>
    /// <param name="origin">Of which content and database.</param>
    /// <param name="remote">Where the content is.</param>
    /// <param name="budget">How much is kept; with no grace.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="BlobStoreException">The folder cannot be made or written to.</exception>
    public static async Task<TierStorage> OpenAsync(
        string dataFolder, string origin, IBlobStore remote, StoreBudgetOptions budget, TimeProvider time, CancellationToken cancellationToken)
    {
        string folder = Path.Combine(dataFolder, FolderName);
        TierKnowledge? known = TierKnowledge.Read(folder);
        if (known?.Origin != origin)
        {
            known = null;
            PutAside(folder);
        }

        Task sweeping = Task.Run(() => Sweep(dataFolder), CancellationToken.None);

        FileSystemBlobStore? files = null;
        try
        {
            Directory.CreateDirectory(folder);
            files = FileSystemBlobStore.Open(new FileSystemBlobOptions { DataFolder = folder, VerifiedByReaderBytes = MemoryCachedBlobStore.MaxBlobBytes, IsDurable = false });
            SqliteDatabase index = await OpenIndexAsync(folder, time, cancellationToken);
            var tier = new TierStorage(folder, origin, remote, files, index, budget, time) { Known = known, _sweeping = sweeping };
            string mark = Path.Combine(folder, OpenMarkName);
            tier.Local.IsIndexInDoubt = known is not null && File.Exists(mark);
            File.WriteAllBytes(mark, []);
            if (known is null)
                tier.Remember(null, []);
            return tier;
        }
        catch (Exception e)
        {
            files?.Dispose();
            if (e is IOException or UnauthorizedAccessException or EntryStoreException)
                throw new BlobStoreException($"The local tier in {folder} cannot be used: {FileTrouble.Explain(e, folder)}.", e);
            throw;
        }
    }

    /// <summary>Remembers what is known of other nodes now.</summary>
    /// <param name="number">Of the last removal that was told.</param>
    /// <param name="blocks">What is blocked.</param>
    /// <exception cref="BlobStoreException">It cannot be written.</exception>
    public void Remember(long? number, IReadOnlyList<Block> blocks)
    {
        var known = new TierKnowledge(_origin, number, blocks);
        known.Write(_folder);
        Known = known;
    }

    /// <summary>Whether the tier can be read.</summary>
    /// <returns>One line that says what is wrong; null when nothing is.</returns>
    public async ValueTask<string?> FindProblemAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _files.ExistsAsync(new Digest(new byte[Digest.LengthBytes]), cancellationToken);
            return null;
        }
        catch (BlobStoreException e)
        {
            return e.Message;
        }
    }

    /// <summary>Breaks off what is coming in, writes what was noted, and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        await Blobs.DisposeAsync();
        await Local.DisposeAsync();
        await _index.DisposeAsync();
        _files.Dispose();
        Local.Budget.Dispose();
        await _sweeping.WaitAsync(SweepPatience).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!Local.IsIndexInDoubt)
            TryChange(Path.Combine(_folder, OpenMarkName), File.Delete);
    }

    private static async Task<SqliteDatabase> OpenIndexAsync(string folder, TimeProvider time, CancellationToken cancellationToken)
    {
        string path = Path.Combine(folder, IndexName);
        try
        {
            return await SqliteDatabase.OpenAsync(path, time, cancellationToken);
        }
        catch (EntryStoreException)
        {
            // It is made anew from the files, as after a crash.
            foreach (string part in new[] { "", "-wal", "-shm" })
                File.Delete(path + part);
            File.WriteAllBytes(Path.Combine(folder, OpenMarkName), []);
            return await SqliteDatabase.OpenAsync(path, time, cancellationToken);
        }
    }

    /// <summary>Makes room for a new tier. To delete the old one takes long.</summary>
    private static void PutAside(string folder)
    {
        if (!Directory.Exists(folder))
            return;
        try
        {
            Directory.Move(folder, $"{folder}.{Guid.NewGuid():N}{AsideSuffix}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BlobStoreException($"The local tier in {folder} is of another content or database, and cannot be put aside: {e.Message} Delete it.", e);
        }
    }

    /// <summary>Deletes what was put aside, also by an earlier process that had no time for it.</summary>
    private static void Sweep(string dataFolder)
    {
        foreach (string aside in Directory.GetDirectories(dataFolder, $"{FolderName}.*{AsideSuffix}"))
            TryChange(aside, static path => Directory.Delete(path, recursive: true));
    }

    /// <summary>What cannot be done now is of no harm: the next start does it.</summary>
    private static void TryChange(string path, Action<string> change)
    {
        try
        {
            change(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // As above.
        }
    }
}
