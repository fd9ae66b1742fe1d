using Shacache.Blobs.S3;
using Shacache.Cli.Tier;
using Shacache.Core.Blobs;
using Shacache.Core.Blobs.Repair;
using Shacache.Core.Retention;
using Shacache.Database.PostgreSql;

namespace Shacache.Cli.Serving.Storage;

/// <summary>What is opened, and how.</summary>
/// <param name="DataFolder">Holds all of it.</param>
internal sealed record EmbeddedStorageOptions(string DataFolder)
{
    /// <summary>Where content is; null for in the folder.</summary>
    public S3Options? Content { get; init; }

    /// <summary>Where the database is; null for in the folder.</summary>
    public PostgreSqlOptions? Database { get; init; }

    /// <summary>Whether a server begins, after which nothing may be copied here any more; false for a command.</summary>
    public bool IsServing { get; init; }

    /// <summary>Memory for small blobs that are read often; 0 for none.</summary>
    public long MemoryCacheBytes { get; init; }

    /// <summary>How much of content that is elsewhere is kept in the folder; 0 for nothing.</summary>
    public long LocalCacheBytes { get; init; }

    /// <summary>How much is stored.</summary>
    public StoreBudgetOptions Budget { get; init; } = new();

    /// <summary>The local tier, for content that is elsewhere.</summary>
    public TierSettings Tier => new(DataFolder, $"{Content?.Address} {Database?.Address}", LocalCacheBytes, Budget.MinFree);

    /// <summary>For how long things are kept.</summary>
    public RetentionOptions Retention { get; init; } = new();

    /// <summary>How often everything is compared with its digest, and how fast.</summary>
    public ScrubOptions Scrub { get; init; } = new();
}
