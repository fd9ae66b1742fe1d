namespace Shacache.Client.Configuration;

/// <summary>The servers of a client, by what they are asked. Several are tried in their order. An empty list: not configured.</summary>
public sealed record CacheServers
{
    /// <summary>Where content is downloaded: <c>download-cache-url</c>.</summary>
    public IReadOnlyList<CacheUrl> DownloadCache { get; init; } = [];

    /// <summary>Where entries are looked up: <c>download-dir-url</c>.</summary>
    public IReadOnlyList<CacheUrl> DownloadDirectory { get; init; } = [];

    /// <summary>Where content is uploaded: <c>upload-cache-url</c>.</summary>
    public IReadOnlyList<CacheUrl> UploadCache { get; init; } = [];

    /// <summary>Where entries are put: <c>upload-dir-url</c>.</summary>
    public IReadOnlyList<CacheUrl> UploadDirectory { get; init; } = [];

    /// <summary>All of them, of whatever kind.</summary>
    internal IEnumerable<CacheUrl> All() => [.. DownloadCache, .. DownloadDirectory, .. UploadCache, .. UploadDirectory];

    /// <summary>These servers; where one option is not set, that of others.</summary>
    internal CacheServers Or(CacheServers others) => new()
    {
        DownloadCache = DownloadCache.Count > 0 ? DownloadCache : others.DownloadCache,
        DownloadDirectory = DownloadDirectory.Count > 0 ? DownloadDirectory : others.DownloadDirectory,
        UploadCache = UploadCache.Count > 0 ? UploadCache : others.UploadCache,
        UploadDirectory = UploadDirectory.Count > 0 ? UploadDirectory : others.UploadDirectory,
    };
}
