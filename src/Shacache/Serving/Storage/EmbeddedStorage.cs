using Shacache.Blobs.FileSystem.Verification;
using Shacache.Blobs.S3;
using Shacache.Cli.Contents;
using Shacache.Cli.Databases;
using Shacache.Cli.Moving;
using Shacache.Cli.Repair;
using Shacache.Cli.Tier;
using Shacache.Core;
using Shacache.Core.Blobs;
using Shacache.Core.Blobs.Repair;
using Shacache.Core.Entries;
using Shacache.Core.Retention;
using Shacache.Core.Savings;
using Shacache.Core.Stores;
using Shacache.Database.PostgreSql;
using Shacache.Database.PostgreSql.Retention;

namespace Shacache.Cli.Serving.Storage;

/// <summary>The stores of a server: content on the file system or in an object store; entries, accounts, audit log and blob index in SQLite or in PostgreSQL. The caller holds the data folder's lock.</summary>
internal sealed class EmbeddedStorage : IStoreFigures, IAsyncDisposable
{
    /// <summary>Name of the database in the data folder.</summary>
    public const string DatabaseName = SqliteServedDatabase.FileName;

    /// <summary>Name of a file that is there from the opening to an orderly end. What was noted in the seconds before any other end is lost.</summary>
    private const string OpenMarkName = "running";

    private readonly ServedDatabase _served;
    private readonly IDatabase _database;
    private readonly MemoryCachedBlobStore _cached;
    private readonly ServedContent _content;
    private readonly BlobNotes _notes;
    private readonly StoreBudget _budget;
    private readonly SavingsMeter _savings = new();
    private readonly string _openMark;
    private readonly RepairMetrics _repairMetrics = new();
    private readonly IndexRebuild _index;
    private bool _isAdmitted;

    private EmbeddedStorage(ServedContent content, ServedDatabase served, NodeTier tier, EmbeddedStorageOptions options, TimeProvider time)
    {
        _content = content;
        Tier = tier;
        _served = served;
        IDatabase database = _database = served.Stores;
        _notes = new BlobNotes(database.BlobIndex, time, database.Savings) { OnSaved = _savings.Add };
        _budget = new StoreBudget(options.Budget, content.FindSpace);
        Damage = new DamageJournal(database.Repairs, _repairMetrics, time);
        MemoryCachedBlobStore cached = _cached = new MemoryCachedBlobStore(tier.Blobs, options.MemoryCacheBytes) { IsCurrent = tier.IsCurrent };
        var watched = new WatchedNotes(_notes, Damage);
        var indexed = new IndexedBlobStore(cached, watched);
        Blobs = new AdmittingBlobStore(indexed, _budget, Blocks);
        var kept = new KeptContent(database.Retention, database.Entries, database.BlobIndex, options.Retention.KeepSigners);
        Eviction = new BlobEviction(indexed, database.BlobIndex, _notes, _budget, kept, time);
        Withdrawal = new ContentWithdrawal(database.Retention, Blobs, _notes, Blocks);
        options.Retention.SpoolFolders = [Path.Combine(options.DataFolder, "gateway"), Path.Combine(options.DataFolder, "upstream"), tier.SpoolFolder];
        CleanUp = new StoreCleanUp(database.Retention, database.BlobIndex, indexed, _notes, kept, options.Retention, options.Budget.Grace, database.Leases, time);
        CleanUp.RemoveUploadsAsync = content.RemoveUploadsAsync;
        _isAdmitted = !options.IsServing;
        _openMark = Path.Combine(options.DataFolder, OpenMarkName);

        // Other nodes go on with the same index; what a crash of one has left out of it is adopted when it is read, or by 'admin reindex'.
        _index = new IndexRebuild(content, database.BlobIndex, _notes) { IsInDoubt = content.Shared is null && File.Exists(_openMark) };
        TryMark(path => File.WriteAllBytes(path, []));
        Scrub = new BlobScrub(content.Comparer, database.BlobIndex, _notes, Damage, database.Repairs, options.Scrub, _repairMetrics, time);
        Healing = new BlobHealing(content.Blobs, database.Repairs, Damage, time);
        Repair = new StoreRepair(new RepairParts(
            options.DataFolder, content, served, _notes, Damage, Scrub, Healing, _index.EnsureAsync, async token => await RebuildIndexAsync(verifiesAll: false, token), time));
        Scrub.OnLost = digest =>
        {
            cached.Forget(digest);
            OnLost?.Invoke(digest);
        };
        content.OnRight = _notes.NoteVerified;
        content.OnDamage = damage =>
        {
            cached.Forget(damage.Digest);
            _notes.NoteDeleted(damage.Digest);
            Damage.NoteDamaged(damage.Digest, damage.Reason, damage.MovedTo);
            _ = NoteIfBackAsync(watched, damage.Digest);
            OnDamage?.Invoke(damage);
        };
    }

    /// <summary>What the node keeps of content that is elsewhere.</summary>
    public NodeTier Tier { get; }

    /// <summary>Whether what every request needs to know was read since the opening.</summary>
    public bool IsLoaded { get; private set; }

    /// <summary>Content, with the memory cache and the index around it.</summary>
    public IBlobStore Blobs { get; }

    /// <summary>Makes room; nothing does unless it is told to.</summary>
    public BlobEviction Eviction { get; }

    /// <summary>What is refused.</summary>
    public BlockList Blocks { get; } = new();

    /// <summary>Takes content and entries away.</summary>
    public ContentWithdrawal Withdrawal { get; }

    /// <summary>Removes what is of no use any more; nothing does unless it is told to.</summary>
    public StoreCleanUp CleanUp { get; }

    /// <summary>Compares what is stored with its digests; nothing does unless it is told to.</summary>
    public BlobScrub Scrub { get; }

    /// <summary>Brings back what was found damaged; nothing does unless it is told to.</summary>
    public BlobHealing Healing { get; }

    /// <summary>What was found damaged since the opening.</summary>
    public DamageJournal Damage { get; }

    /// <summary>Does what operators ask.</summary>
    public IStoreRepair Repair { get; }

    /// <summary>How much may be stored.</summary>
    public StoreBudget Budget => _budget;

    /// <summary>Whether the index may lack some blobs, as after a crash: it is to be rebuilt.</summary>
    public bool IsIndexInDoubt => _index.IsInDoubt;

    /// <summary>Told of each file that was found damaged, once, on any thread.</summary>
    public Action<BlobDamage>? OnDamage { get; set; }

    /// <summary>Told of each object whose file was found gone without having been removed, once, on any thread.</summary>
    public Action<Digest>? OnLost { get; set; }

    /// <summary>All but the content.</summary>
    public IDatabase Database => _database;

    /// <summary>Opens the stores, in the same time for any number of objects.</summary>
    /// <exception cref="BlobStoreException">The folders cannot be made or written to.</exception>
    /// <exception cref="EntryStoreException">The database cannot be opened.</exception>
    public static async Task<EmbeddedStorage> OpenAsync(EmbeddedStorageOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        if (File.Exists(RestoreMarkPath(options.DataFolder)))
            throw new BlobStoreException($"{options.DataFolder} was not restored to its end. Empty it, and run 'shacache admin restore' again.");
        MoveMark.CheckIsWhole(options.DataFolder);
        if (options.IsServing)
            MoveMark.Remove(options.DataFolder);
        var content = ServedContent.Open(options.DataFolder, options.Content, time);
        NodeTier? tier = null;
        EmbeddedStorage storage;
        try
        {
            ServedDatabase database = await ServedDatabase.OpenAsync(options.DataFolder, options.Database, time, cancellationToken);
            tier = await NodeTier.OpenAsync(options.Tier, content, database.Shared, time, cancellationToken);
            storage = new EmbeddedStorage(content, database, tier, options, time);
        }
        catch
        {
            await content.DisposeAsync();
            throw;
        }

        try
        {
            await storage.LoadAsync(cancellationToken);
            return storage;
        }
        catch (Exception e) when (storage._served.Shared is not null && StoreFailure.IsAway(e))
        {
            // Until the database is there, nothing is served, since some of it may be blocked; or what was read before, by what was known then.
            if (storage.Tier.KnownBlocks is { } blocks)
                storage.Blocks.Take(blocks);
            else
                storage.Blocks.Await();
            return storage;
        }
        catch
        {
            await storage.DisposeAsync();
            throw;
        }
    }

    public static string DatabasePath(string dataFolder) => SqliteServedDatabase.PathIn(dataFolder);

    /// <summary>The database when other nodes have it, too; null when it is in the data folder.</summary>
    public PostgreSqlDatabase? SharedDatabase => _served.Shared;

    /// <summary>The content when other nodes have it, too; null when it is in the data folder.</summary>
    public S3BlobStore? SharedContent => _content.Shared;

    /// <summary>Reads what every request needs to know: what is blocked, and what is missing.</summary>
    /// <exception cref="EntryStoreException">The database failed.</exception>
    /// <exception cref="BlobStoreException">The database failed.</exception>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (!_isAdmitted && _served.Shared is { } shared)
        {
            await shared.AdmitNodeAsync(cancellationToken);
            _isAdmitted = true;
        }

        await Blocks.LoadAsync(_database.Retention, cancellationToken);
        await Damage.LoadAsync(cancellationToken);
        IsLoaded = true;
    }

    /// <summary>Forgets what this node holds of content that another one took away.</summary>
    /// <exception cref="BlobStoreException">The disk failed: the tier may still hold it.</exception>
    public async Task ForgetAsync(Withdrawn withdrawn, CancellationToken cancellationToken)
    {
        // Memory last: what is read from the tier meanwhile is not remembered then.
        await Tier.ForgetAsync(withdrawn, Blocks, cancellationToken);
        if (withdrawn.IsEverything)
            _cached.ForgetAll();
        foreach (Digest digest in withdrawn.Content)
            _cached.Forget(digest);
    }

    /// <summary>Ranks what is stored in the order in which room is to be made, as far as it is ranked otherwise.</summary>
    public ValueTask OrderIndexAsync(CancellationToken cancellationToken) => _database.BlobIndex.OrderByAsync(_budget.Options.Order, cancellationToken);

    /// <summary>A file that is there while a folder is restored from a backup.</summary>
    public static string RestoreMarkPath(string dataFolder) => Path.Combine(dataFolder, "restoring");

    /// <inheritdoc cref="IndexRebuild.RunAsync"/>
    public ValueTask<BlobTotals> RebuildIndexAsync(bool verifiesAll, CancellationToken cancellationToken) => _index.RunAsync(verifiesAll, cancellationToken);

    /// <summary>Reads the whole database.</summary>
    /// <returns>What is wrong with it, one line each.</returns>
    public Task<IReadOnlyList<string>> FindDatabaseDamageAsync(CancellationToken cancellationToken) => _served.FindDamageAsync(cancellationToken);

    /// <summary>An upload may have been here after the damaged file was moved away, and before that was noted.</summary>
    private async Task NoteIfBackAsync(WatchedNotes notes, Digest digest)
    {
        try
        {
            if (await _content.Comparer.FindLengthAsync(digest, CancellationToken.None) is { } lengthBytes)
                notes.NoteStored(digest, lengthBytes);
        }
        catch (BlobStoreException)
        {
            // It cannot be read, then.
        }
    }

    /// <inheritdoc/>
    public async ValueTask<StoreFigures> ReadAsync(CancellationToken cancellationToken) => new(
        await _database.BlobIndex.CountAsync(cancellationToken),
        _budget.Options.MaxBytes,
        _budget.Exhaustion,
        Eviction.Totals,
        _content.FindSpace(),
        await _served.MeasureAsync(cancellationToken),
        [new("database", _served.WaitingChanges), new("object-notes", _notes.Waiting)]);

    /// <summary>Writes what was noted, and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        await _notes.DisposeAsync();
        await Damage.DisposeAsync();
        await Tier.DisposeAsync();
        await _served.DisposeAsync();
        await _content.DisposeAsync();
        _budget.Dispose();
        CleanUp.Dispose();
        _savings.Dispose();
        _repairMetrics.Dispose();
        _index.Dispose();
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
