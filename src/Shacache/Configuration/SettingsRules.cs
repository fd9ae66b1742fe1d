namespace Shacache.Cli.Configuration;

/// <summary>What settings must be together.</summary>
internal static class SettingsRules
{
    public static void Check(ServerSettings settings, List<string> problems)
    {
        CheckSurface(settings.CachePaths, settings.CacheHosts, "cache", problems);
        CheckSurface(settings.DirectoryPaths, settings.DirectoryHosts, "dir", problems);
        foreach (string path in settings.CachePaths.Intersect(settings.DirectoryPaths, StringComparer.Ordinal))
            problems.Add($"cache-path and dir-path: both name {path}; give each its own.");
        foreach (string host in settings.CacheHosts.Intersect(settings.DirectoryHosts, StringComparer.OrdinalIgnoreCase))
            problems.Add($"cache-host and dir-host: both name {host}; give each its own.");

        if (settings.GatewayOrigins.Count > 0 &&
            settings.CachePaths.Concat(settings.DirectoryPaths).FirstOrDefault(path => $"{path}/".StartsWith("/fetch/", StringComparison.Ordinal)) is { } taken)
        {
            problems.Add($"cache-path or dir-path: {taken} lies where the download gateway is, /fetch; name another path.");
        }

        // Nobody is known to this server yet: whoever can connect may upload.
        if (!settings.ReadOnly && !settings.AllowAnonymousUpload && settings.Listen.FirstOrDefault(address => !address.IsLoopback) is { } open)
        {
            problems.Add(
                $"listen: {open.Text} is open to other machines and nothing authenticates uploads; add --read-only, " +
                "or --allow-anonymous-upload if everybody who can connect may upload.");
        }
    }

    private static void CheckSurface(IReadOnlyList<string> paths, IReadOnlyList<string> hosts, string name, List<string> problems)
    {
        if (paths.Count == 0 && hosts.Count == 0)
            problems.Add($"{name}-path and {name}-host: both are empty; give one of them.");
    }
}
