namespace Shacache.Client;

/// <summary>How a <see cref="DownloadCache"/> goes about it. Immutable.</summary>
public sealed record DownloadCacheOptions
{
    /// <summary>
    /// How long the cache may take, for one file, until its first byte is here: from the look-up on, all servers and entries together. Then the
    /// origin is asked. Default 10 seconds.
    /// </summary>
    public TimeSpan CacheTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether the cache may be asked, and given anything. Default true.</summary>
    public bool UseCache { get; init; } = true;

    /// <summary>Whether the origin may be asked. Default true.</summary>
    public bool UseOrigin { get; init; } = true;

    /// <summary>Ask the origin first whether it has something newer than the cache. Needs both. Default false.</summary>
    public bool Revalidate { get; init; }

    /// <summary>Whether what came from the origin is given to the cache, when servers and a key for that are configured. Default true.</summary>
    public bool Contribute { get; init; } = true;

    /// <summary>How long a cache that failed is left alone. Default one minute: a list of files is not slowed down file by file.</summary>
    public TimeSpan RestAfterFailure { get; init; } = TimeSpan.FromMinutes(1);
}
