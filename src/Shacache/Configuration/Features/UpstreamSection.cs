namespace Shacache.Cli.Configuration;

/// <summary>Sections <c>[upstream NAME]</c> of the configuration file: upstreams about which there is more to say than their URLs.</summary>
internal static class UpstreamSection
{
    private const string Prefix = "upstream ";
    private const long TiB = 1L << 40;
    private const int MaxWeight = 1000;
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>The keys of a section, as docs/configuration.md lists them.</summary>
    public static IReadOnlyDictionary<string, Func<UpstreamSettings, string, string?>> Keys { get; } =
        new Dictionary<string, Func<UpstreamSettings, string, string?>>(StringComparer.OrdinalIgnoreCase)
        {
            ["cache-url"] = (upstream, text) => SettingValues.UpstreamUrl(text, url => upstream.CacheUrl = url),
            ["dir-url"] = (upstream, text) => SettingValues.UpstreamUrl(text, url => upstream.DirectoryUrl = url),
            ["peer"] = (upstream, text) => SettingValues.Switch(text, value => upstream.IsPeer = value),
            ["forward"] = (upstream, text) => SettingValues.Switch(text, value => upstream.IsForwardedTo = value),
            ["weight"] = (upstream, text) => SettingValues.Number(text, 1, MaxWeight, value => upstream.Weight = value),
            ["user"] = (upstream, text) =>
            {
                upstream.User = text;
                return text.Length == 0 || text.Contains(':', StringComparison.Ordinal) ? "is no user name" : null;
            },
            ["password-file"] = (upstream, text) => SettingValues.OptionalFile(text, value => upstream.PasswordFile = value),
            ["token-file"] = (upstream, text) => SettingValues.OptionalFile(text, value => upstream.TokenFile = value),
            ["ca-file"] = (upstream, text) => SettingValues.OptionalFile(text, value => upstream.AuthorityFile = value),
            ["cert-file"] = (upstream, text) => SettingValues.OptionalFile(text, value => upstream.CertificateFile = value),
            ["key-file"] = (upstream, text) => SettingValues.OptionalFile(text, value => upstream.KeyFile = value),
            ["connect-timeout"] = (upstream, text) => SettingValues.Time(text, Millisecond, Day, value => upstream.ConnectTimeout = value),
            ["timeout"] = (upstream, text) => SettingValues.Time(text, Millisecond, Day, value => upstream.FirstByteTimeout = value),
            ["stall-timeout"] = (upstream, text) => SettingValues.Time(text, Millisecond, Day, value => upstream.StallTimeout = value),
            ["min-rate"] = (upstream, text) => SettingValues.Size(text, 0, TiB, value => upstream.MinBytesPerSecond = value),
        };

    /// <summary>Finds the section of a name such as <c>upstream site:cache-url</c>.</summary>
    /// <returns>False when it is not of such a section.</returns>
    public static bool TrySplit(string name, out string section, out string key)
    {
        int colon = name.LastIndexOf(':');
        bool isSection = colon > Prefix.Length && name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase);
        section = isSection ? name[Prefix.Length..colon].Trim() : "";
        key = isSection ? name[(colon + 1)..] : "";
        return isSection;
    }

    /// <summary>Reads a section.</summary>
    /// <param name="name">The upstream's name.</param>
    /// <param name="values">Keys and values.</param>
    /// <param name="path">The file, for the problems.</param>
    /// <param name="problems">One line for each.</param>
    public static UpstreamSettings Read(string name, IEnumerable<(string Key, string Text)> values, string path, List<string> problems)
    {
        string section = $"[{Prefix}{name}] in {path}";
        var upstream = new UpstreamSettings { Name = name };
        if (name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('.' or '-' or '_' or ':')))
            problems.Add($"{section}: a name has letters, digits, dots, hyphens, underscores and colons only.");
        foreach ((string key, string text) in values)
        {
            if (!Keys.TryGetValue(key, out Func<UpstreamSettings, string, string?>? apply))
                problems.Add($"{key} of {section}: there is no such key; write one of {string.Join(", ", Keys.Keys)}.");
            else if (apply(upstream, text.Trim()) is { } problem)
                problems.Add($"{key} of {section}: '{text}' {problem}.");
        }

        if (upstream.CacheUrl is null || upstream.DirectoryUrl is null)
            problems.Add($"{section}: both cache-url and dir-url are needed.");
        if (upstream.User is null != upstream.PasswordFile is null)
            problems.Add($"{section}: user and password-file belong together.");
        if (upstream.User is not null && upstream.TokenFile is not null)
            problems.Add($"{section}: give either user and password-file, or token-file.");
        if (upstream.KeyFile is not null && upstream.CertificateFile is null)
            problems.Add($"{section}: key-file needs cert-file.");
        return upstream;
    }
}
