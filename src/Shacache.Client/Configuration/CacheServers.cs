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

    /// <summary>What stands in the names of their options before <c>cache-url</c> and <c>dir-url</c>: nothing, or <c>binary-</c>.</summary>
    internal string Kind { get; init; } = "";

    internal string DownloadCacheOption => $"download-{Kind}cache-url";

    internal string DownloadDirectoryOption => $"download-{Kind}dir-url";

    internal string UploadCacheOption => $"upload-{Kind}cache-url";

    internal string UploadDirectoryOption => $"upload-{Kind}dir-url";

    /// <summary>All of them, of whatever kind.</summary>
    internal IEnumerable<CacheUrl> All() => [.. DownloadCache, .. DownloadDirectory, .. UploadCache, .. UploadDirectory];
}
