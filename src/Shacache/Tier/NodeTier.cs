using Shacache.Cli.Contents;
using Shacache.Core.Blobs;
using Shacache.Core.Retention;
using Shacache.Core.Stores;
using Shacache.Core.Tier;
using Shacache.Database.PostgreSql;
using Shacache.Database.PostgreSql.Retention;

namespace Shacache.Cli.Tier;

/// <summary>What stands between a node and its content: a local tier where the content is elsewhere and the operator wants one, else nothing.</summary>
internal sealed class NodeTier : ILocalContent, IAsyncDisposable
{
    private readonly TierStorage? _storage;
    private readonly TierMetrics? _metrics;

    private NodeTier(IBlobStore content, TierStorage? storage, PostgreSqlDatabase? database)
    {
        _storage = storage;
        IsCurrent = database is null ? static () => true : () => database.IsHeard;
        storage?.Blobs.IsCurrent = IsCurrent;
        if (storage is not null)
        {
            _metrics = storage.Blobs.Metrics = new TierMetrics
            {
                FindSize = () => storage.Local.Budget.StoredBytes,
                FindEvicted = () => storage.Local.Eviction.Totals,
                IsCurrent = IsCurrent,
                FindUnheard = () => database?.Unheard ?? TimeSpan.Zero,
            };
        }

        Blobs = storage?.Blobs ?? content;
    }

    /// <summary>The content, as it is to be read.</summary>
    public IBlobStore Blobs { get; }

    /// <summary>Whether copies of content may be served: not while it is not known what other nodes took away although it could be.</summary>
    public Func<bool> IsCurrent { get; }

    /// <summary>Why there is no tier although the operator wants one; null when there is one, or none is wanted.</summary>
    public string? Problem { get; private init; }

    /// <summary>Where the bytes of running fills lie.</summary>
    public required string SpoolFolder { get; init; }

    /// <summary>What was blocked when this node last heard of the others; null when it never did.</summary>
    public IReadOnlyList<Block>? KnownBlocks => _storage?.Known is { Number: not null, Blocks: var blocks } ? blocks : null;

    /// <summary>The tier; null for none.</summary>
    public TierStorage? Storage => _storage;

    /// <summary>Opens it.</summary>
    /// <param name="settings">How much is kept, and where.</param>
    /// <param name="content">The content.</param>
    /// <param name="database">Where other nodes say what they take away; null when there are none.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Stops.</param>
    public static async Task<NodeTier> OpenAsync(TierSettings settings, ServedContent content, PostgreSqlDatabase? database, TimeProvider time, CancellationToken cancellationToken)
    {
        TierStorage? storage = null;
        string? problem = null;
        if (content.Shared is not null && settings.MaxBytes > 0)
        {
            try
            {
                var budget = new StoreBudgetOptions { MaxBytes = settings.MaxBytes, MinFree = settings.MinFree, Grace = TimeSpan.Zero };
                storage = await TierStorage.OpenAsync(settings.DataFolder, settings.Origin, content.Blobs, budget, time, cancellationToken);
                storage.Blobs.FindPublicUrl = content.Shared.FindPublicUrl;

                // Whatever is read passes the tier, which compares it.
                content.Shared.ComparedByReaderBytes = long.MaxValue;
                if (storage.Known?.Number is { } number)
                    database?.ResumeAfter(number);
            }
            catch (BlobStoreException e)
            {
                // All of it can be read from where it is.
                problem = e.Message;
            }
        }

        return new NodeTier(content.Blobs, storage, database) { Problem = problem, SpoolFolder = Path.Combine(settings.DataFolder, TierStorage.FolderName, TierStorage.SpoolName) };
    }

    /// <summary>Forgets what another node took away, and remembers for the next start how far this one knows.</summary>
    /// <exception cref="BlobStoreException">The disk failed: the tier may still hold it.</exception>
    public async Task ForgetAsync(Withdrawn withdrawn, BlockList blocks, CancellationToken cancellationToken)
    {
        if (_storage is null)
            return;
        if (withdrawn.IsEverything)
            await _storage.Blobs.ForgetAllAsync(cancellationToken);
        foreach (Digest digest in withdrawn.Content)
            await _storage.Blobs.ForgetAsync(digest, cancellationToken);
        if (_storage.Known?.Number != withdrawn.Number || withdrawn.RulesChanged)
            _storage.Remember(withdrawn.Number, blocks.List());
    }

    /// <inheritdoc/>
    public ValueTask<string?> FindProblemAsync(CancellationToken cancellationToken) => _storage?.FindProblemAsync(cancellationToken) ?? new ValueTask<string?>(Problem);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _metrics?.Dispose();
        return _storage?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}

/// <summary>What a tier is to be.</summary>
/// <param name="DataFolder">Where it is.</param>
/// <param name="Origin">Of which content and database.</param>
/// <param name="MaxBytes">The most bytes that are kept; 0 for no tier.</param>
/// <param name="MinFree">How much of the file system stays free.</param>
internal sealed record TierSettings(string DataFolder, string Origin, long MaxBytes, DiskReserve MinFree);
