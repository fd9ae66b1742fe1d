using System.Globalization;
using Microsoft.Extensions.Logging;
using Shacache.Core.Accounts;
using Shacache.Http.Gateway;

namespace Shacache.Cli.Configuration;

/// <summary>Readers of values. Each gives what is wrong, worded to follow the value, or null.</summary>
internal static class SettingValues
{
    public static string? Switch(string text, Action<bool> set)
    {
        bool? value = text.ToLowerInvariant() switch
        {
            "true" or "yes" or "on" or "1" => true,
            "false" or "no" or "off" or "0" => false,
            _ => null,
        };
        if (value is null)
            return "is neither true nor false";
        set(value.Value);
        return null;
    }

    public static string? Size(string text, long min, long max, Action<long> set)
    {
        if (!ByteSize.TryParse(text, out ByteSize size))
            return "is not a size; write digits and B, KiB, MiB, GiB or TiB, such as 20GiB";
        if (size.Bytes < min || size.Bytes > max)
            return $"is out of bounds; write a size from {new ByteSize(min)} to {new ByteSize(max)}";
        set(size.Bytes);
        return null;
    }

    public static string? Time(string text, TimeSpan min, TimeSpan max, Action<TimeSpan> set)
    {
        if (!Duration.TryParse(text, out Duration duration))
            return "is not a duration; write digits and ms, s, m, h or d, such as 30s";
        if (duration.Time < min || duration.Time > max)
            return $"is out of bounds; write a duration from {new Duration(min)} to {new Duration(max)}";
        set(duration.Time);
        return null;
    }

    public static string? Number(string text, int min, int max, Action<int> set)
    {
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number < min || number > max)
            return $"is not a whole number from {min} to {max}";
        set(number);
        return null;
    }

    public static string? Rights(string text, Action<AccountRights> set)
    {
        if (!AccountRights.TryParse(text, out AccountRights? rights, out string? problem))
            return $"names no rights: {problem.TrimEnd('.')}";
        set(rights);
        return null;
    }

    public static string? OptionalPath(string text, Action<string?> set)
    {
        set(text.Length > 0 ? Path.GetFullPath(text) : null);
        return null;
    }

    public static string? Addresses(string text, Action<IReadOnlyList<ListenAddress>> set)
    {
        List<ListenAddress> addresses = [];
        foreach (string word in Words(text))
        {
            if (ListenAddress.TryParse(word, out ListenAddress? address) is { } problem)
                return word == text ? problem : $"has {word}, which {problem}";
            addresses.Add(address!);
        }

        if (addresses.Count == 0)
            return "names no address to listen on; write http://127.0.0.1:8080";
        set(addresses);
        return null;
    }

    public static string? UrlPaths(string text, Action<IReadOnlyList<string>> set)
    {
        string[] paths = Words(text);
        foreach (string path in paths)
        {
            if (path[0] != '/' || path.Length == 1 || path.EndsWith('/') || path.AsSpan().IndexOfAny("?#%") >= 0 || path.Contains("//", StringComparison.Ordinal))
                return $"has {path}, which is no URL path like /shacache: a slash first, none at the end, nothing escaped";
        }

        set(paths);
        return null;
    }

    public static string? HostNames(string text, Action<IReadOnlyList<string>> set)
    {
        string[] hosts = Words(text);
        foreach (string host in hosts)
        {
            if (Uri.CheckHostName(host) == UriHostNameType.Unknown)
                return $"has {host}, which is no host name; write it without scheme and port";
        }

        set(hosts);
        return null;
    }

    public static string? Origins(string text, Action<IReadOnlyList<OriginPattern>> set)
    {
        List<OriginPattern> patterns = [];
        foreach (string word in Words(text))
        {
            if (!OriginPattern.TryParse(word, out OriginPattern? pattern))
                return $"has {word}, which is no host with * for any characters; write *.example.org, example.org:8080 or example.org:*";
            patterns.Add(pattern);
        }

        set(patterns);
        return null;
    }

    public static string? UrlPrefixes(string text, Action<IReadOnlyList<string>> set)
    {
        string[] prefixes = Words(text);
        foreach (string prefix in prefixes)
        {
            if (!prefix.StartsWith("https://", StringComparison.Ordinal) && !prefix.StartsWith("http://", StringComparison.Ordinal))
                return $"has {prefix}, which no URL begins with; write https://host/path";
        }

        // URLs are compared with a lower-case host.
        set([.. prefixes.Select(prefix => prefix.IndexOf('/', "https://".Length) is > 0 and int path ? prefix[..path].ToLowerInvariant() + prefix[path..] : prefix)]);
        return null;
    }

    public static string? Upstreams(string text, bool isPeer, Action<IReadOnlyList<UpstreamSettings>> set)
    {
        string[] words = Words(text);
        if (words.Length % 2 != 0)
            return "does not come in pairs; write the URL of the content store, and that of the directory, of each";
        List<UpstreamSettings> upstreams = [];
        foreach (string[] pair in words.Chunk(2))
        {
            Uri? cache = null;
            Uri? directory = null;
            foreach (string word in pair)
            {
                if (UpstreamUrl(word, url => (cache, directory) = (cache ?? url, url)) is { } problem)
                    return $"has a URL that {problem}";
            }

            upstreams.Add(new UpstreamSettings { Name = cache!.Authority, CacheUrl = cache, DirectoryUrl = directory, IsPeer = isPeer });
        }

        set(upstreams);
        return null;
    }

    public static string? UpstreamUrl(string text, Action<Uri> set)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? url) || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps))
            return "is no URL like https://cache.example/shacache";
        if (url.UserInfo.Length > 0)
            return "holds a user name, which everybody on this machine could read; write a section [upstream NAME] with user and password-file";
        if (url.Query.Length > 0 || url.Fragment.Length > 0)
            return "has a query or a fragment, which a base URL cannot have";
        set(url);
        return null;
    }

    public static string? OptionalFile(string text, Action<string?> set)
    {
        set(text.Length == 0 ? null : Path.GetFullPath(text));
        return null;
    }

    public static string? Level(string text, Action<LogLevel> set)
    {
        LogLevel? level = text.ToLowerInvariant() switch
        {
            "trace" => LogLevel.Trace,
            "debug" => LogLevel.Debug,
            "information" => LogLevel.Information,
            "warning" => LogLevel.Warning,
            "error" => LogLevel.Error,
            "critical" => LogLevel.Critical,
            _ => null,
        };
        if (level is null)
            return "is no level; write trace, debug, information, warning, error or critical";
        set(level.Value);
        return null;
    }

    private static string[] Words(string text) =>
        text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
