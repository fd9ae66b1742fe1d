namespace Shacache.Client.Downloads;

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

    /// <summary>
    /// Take nothing from the cache, and list what the origin sends as the newest: what was listed before, perhaps wrongly, is then no longer taken by
    /// any client. Needs both. Default false.
    /// </summary>
    public bool Refresh { get; init; }

    /// <summary>
    /// Whether a web page is an ordinary answer where the URL names an archive. Default false: it is fetched with a warning, but neither contributed nor
    /// taken from the cache, unless a checksum is right.
    /// </summary>
    public bool AllowWebPages { get; init; }

    /// <summary>The requirement that the URLs, which are those of a package index, are asked for. Default null: they are files.</summary>
    public string? Requirement { get; init; }

    /// <summary>
    /// Under which keys a file is listed beside that of its URL, so that other tools find it; a file that came from the cache is listed there, too. Default none.
    /// </summary>
    public IReadOnlyList<ContributionForm> ContributeAs { get; init; } = [];

    /// <summary>Whether what came from the origin is given to the cache, when servers and a key for that are configured. Default true.</summary>
    public bool Contribute { get; init; } = true;

    /// <summary>How long a cache that failed is left alone. Default one minute: a list of files is not slowed down file by file.</summary>
    public TimeSpan RestAfterFailure { get; init; } = TimeSpan.FromMinutes(1);
}
