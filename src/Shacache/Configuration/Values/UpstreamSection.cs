using Shacache.Cli.Configuration.Declaration;
using Shacache.Http.Upstreams;

namespace Shacache.Cli.Configuration.Values;

/// <summary>A section <c>[upstream NAME]</c> of the configuration file: an upstream about which there is more to say than its URLs.</summary>
internal sealed class UpstreamSection
{
    public const string Kind = "upstream";

    private static readonly SettingUnit<Uri?> Url = new("URL", ParseUrl, url => url?.AbsoluteUri ?? "");
    private static readonly SettingUnit<TimeSpan> Timeout = Units.Time(Units.Millisecond, Units.Day);

    private UpstreamSection(string name, UpstreamLimits limits) =>
        // Without both URLs the section is refused.
        Options = new UpstreamOptions { Name = name, CacheUrl = null!, DirectoryUrl = null!, Limits = limits with { } };

    public static SettingTable<UpstreamSection> Table { get; } = new()
    {
        { "cache-url", Url, "The content store; it is needed.",
            upstream => upstream.Options.CacheUrl, (upstream, value) => upstream.Options.CacheUrl = value! },
        { "dir-url", Url, "The directory; it is needed.",
            upstream => upstream.Options.DirectoryUrl, (upstream, value) => upstream.Options.DirectoryUrl = value! },
        { "peer", Units.Switch, "Whether it is another server of this site, as `peer` above.",
            upstream => upstream.Options.IsPeer, (upstream, value) => upstream.Options.IsPeer = value },
        { "forward", Units.Switch, "Whether what is put here is sent there as well; it needs credentials that may upload.",
            upstream => upstream.Options.IsForwardedTo, (upstream, value) => upstream.Options.IsForwardedTo = value },
        { "weight", Units.Number(1, 1000), "1 to 1000; with `upstream-order = fastest` its latency is divided by this.",
            upstream => (int)upstream.Options.Weight, (upstream, value) => upstream.Options.Weight = value },
        { "user", new SettingUnit<string?>("word", ParseUser, user => user ?? ""), "Basic authentication, together with `password-file`.",
            upstream => upstream.User, (upstream, value) => upstream.User = value },
        { "password-file", Units.Path, "The password of `user`; the file holds one line.",
            upstream => upstream.PasswordFile, (upstream, value) => upstream.PasswordFile = value },
        { "token-file", Units.Path, "A bearer token; the file holds one line.",
            upstream => upstream.TokenFile, (upstream, value) => upstream.TokenFile = value },
        { "ca-file", Units.Path, "PEM file with the authorities that may vouch for it; else those of the system.",
            upstream => upstream.AuthorityFile, (upstream, value) => upstream.AuthorityFile = value },
        { "cert-file", Units.Path, "PEM file with the certificate to show to it.",
            upstream => upstream.CertificateFile, (upstream, value) => upstream.CertificateFile = value },
        { "key-file", Units.Path, "PEM file with the key of that certificate, unless it is in the same file.",
            upstream => upstream.KeyFile, (upstream, value) => upstream.KeyFile = value },
        { "connect-timeout", Timeout, "Instead of `upstream-connect-timeout`.",
            upstream => upstream.Options.Limits.ConnectTimeout, (upstream, value) => upstream.Options.Limits.ConnectTimeout = value },
        { "timeout", Timeout, "Instead of `upstream-timeout`.",
            upstream => upstream.Options.Limits.FirstByteTimeout, (upstream, value) => upstream.Options.Limits.FirstByteTimeout = value },
        { "stall-timeout", Timeout, "Instead of `upstream-stall-timeout`.",
            upstream => upstream.Options.Limits.StallTimeout, (upstream, value) => upstream.Options.Limits.StallTimeout = value },
        { "min-rate", Units.SizePerSecond(0, Units.TiB), "Instead of `upstream-min-rate`.",
            upstream => upstream.Options.Limits.MinBytesPerSecond, (upstream, value) => upstream.Options.Limits.MinBytesPerSecond = value },
    };

    public UpstreamOptions Options { get; }

    /// <summary>Null for none; then so are the files below. They are read when the server starts.</summary>
    public string? User { get; private set; }

    public string? PasswordFile { get; private set; }

    public string? TokenFile { get; private set; }

    public string? AuthorityFile { get; private set; }

    public string? CertificateFile { get; private set; }

    public string? KeyFile { get; private set; }

    /// <summary>Reads a section.</summary>
    /// <param name="name">The upstream's name.</param>
    /// <param name="values">Keys and values.</param>
    /// <param name="limits">What holds unless the section says otherwise.</param>
    /// <param name="path">The file, for the problems.</param>
    /// <param name="problems">One line for each.</param>
    public static UpstreamSection Read(string name, IEnumerable<(string Key, string Text)> values, UpstreamLimits limits, string path, List<string> problems)
    {
        string section = $"[{Kind} {name}] in {path}";
        var upstream = new UpstreamSection(name, limits);
        List<Setting<UpstreamSection>> wrong = [];
        if (name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('.' or '-' or '_' or ':')))
            problems.Add($"{section}: a name has letters, digits, dots, hyphens, underscores and colons only.");
        foreach ((string key, string text) in values)
        {
            if (Table.Find(key) is not { } setting)
            {
                problems.Add($"{key} of {section}: there is no such key; write one of {string.Join(", ", Table.Select(known => known.Name))}.");
            }
            else if (setting.Apply(upstream, text.Trim()) is { } problem)
            {
                problems.Add($"{key} of {section}: '{text}' {problem}.");
                wrong.Add(setting);
            }
        }

        if (!Has("cache-url") || !Has("dir-url"))
            problems.Add($"{section}: both cache-url and dir-url are needed.");
        if (Has("user") != Has("password-file"))
            problems.Add($"{section}: user and password-file belong together.");
        if (Has("user") && Has("token-file"))
            problems.Add($"{section}: give either user and password-file, or token-file.");
        if (Has("key-file") && !Has("cert-file"))
            problems.Add($"{section}: key-file needs cert-file.");
        return upstream;

        // A wrong value is one: it was reported, and its lack need not be.
        bool Has(string key) => Table.Find(key) is { } setting && (wrong.Contains(setting) || setting.Show(upstream).Length > 0);
    }

    internal static string? ParseUrl(string text, out Uri? url)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out url) || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps))
            return "is no URL like https://cache.example/shacache";
        if (url.UserInfo.Length > 0)
            return "holds a user name, which everybody on this machine could read; write a section [upstream NAME] with user and password-file";
        return url.Query.Length > 0 || url.Fragment.Length > 0 ? "has a query or a fragment, which a base URL cannot have" : null;
    }

    private static string? ParseUser(string text, out string? user)
    {
        user = text;
        return text.Length == 0 || text.Contains(':', StringComparison.Ordinal) ? "is no user name" : null;
    }
}
