using Shacache.Cli.Configuration.Declaration;

namespace Shacache.Cli.Configuration.Features;

/// <summary>At which paths and host names the content store and the directory are.</summary>
internal static class SurfaceSettings
{
    private static readonly SettingUnit<IReadOnlyList<string>> UrlPaths = Units.List<string>("URL paths", ParsePath, path => path);
    private static readonly SettingUnit<IReadOnlyList<string>> HostNames = Units.List<string>("host names", ParseHost, host => host);

    public static SettingTable<ServerSettings> Table { get; } = new()
    {
        { "cache-path", UrlPaths, "Paths of the content store.",
            settings => settings.Cache.CachePaths, (settings, value) => settings.Cache.CachePaths = value },
        { "dir-path", UrlPaths, "Paths of the directory.",
            settings => settings.Cache.DirectoryPaths, (settings, value) => settings.Cache.DirectoryPaths = value },
        { "cache-host", HostNames, "Host names that are the content store at their root, and nothing else.",
            settings => settings.Cache.CacheHosts, (settings, value) => settings.Cache.CacheHosts = value },
        { "dir-host", HostNames, "Host names that are the directory at their root, and nothing else.",
            settings => settings.Cache.DirectoryHosts, (settings, value) => settings.Cache.DirectoryHosts = value },
        { "allowed-host", HostNames,
            "Further host names by which this machine, or a proxy on it, reaches the server without accounts. Reading content needs none.",
            settings => settings.Cache.AllowedHosts, (settings, value) => settings.Cache.AllowedHosts = value },
    };

    private static string? ParsePath(string word, out string path)
    {
        path = word;
        return word[0] != '/' || word.Length == 1 || word.EndsWith('/') || word.AsSpan().IndexOfAny("?#%") >= 0 || word.Contains("//", StringComparison.Ordinal)
            ? "is no URL path like /shacache: a slash first, none at the end, nothing escaped"
            : null;
    }

    private static string? ParseHost(string word, out string host)
    {
        host = word;
        return Uri.CheckHostName(word) == UriHostNameType.Unknown ? "is no host name; write it without scheme and port" : null;
    }
}
