using Shacache.Cli.Configuration.Declaration;
using Shacache.Http.Remotes.Indexes;

namespace Shacache.Cli.Configuration.Values;

/// <summary>A section <c>[remote NAME]</c> of the configuration file: an index of packages that is served below <c>/remote/NAME/</c>.</summary>
internal sealed class RemoteSection
{
    public const string Kind = "remote";

    private const string Ever = "ever";

    private static readonly (string Word, RemoteType Type)[] Types =
    [
        ("pypi", RemoteType.Pypi), ("npm", RemoteType.Npm), ("apt", RemoteType.Apt), ("cargo", RemoteType.Cargo), ("go", RemoteType.Go), ("maven", RemoteType.Maven), ("nuget", RemoteType.NuGet),
        ("files", RemoteType.Files),
    ];

    private static readonly SettingUnit<RemoteType> Type = new(
        "word",
        (text, out type) =>
        {
            type = Array.Find(Types, known => known.Word == text).Type;
            return type == RemoteType.None ? $"is no type of remotes; write {string.Join(", ", Types.Select(known => known.Word))}" : null;
        },
        type => Array.Find(Types, known => known.Type == type).Word ?? "");

    private static readonly SettingUnit<TimeSpan> Ttl = Units.Time(TimeSpan.Zero, TimeSpan.FromDays(3650));

    private static readonly SettingUnit<TimeSpan?> TimeOrEver = new(
        "duration or ever",
        (text, out time) =>
        {
            time = null;
            if (text == Ever)
                return null;
            string? problem = Ttl.Parse(text, out TimeSpan some);
            time = some;
            return problem is null ? null : $"{problem}, or {Ever}";
        },
        time => time is { } some ? Ttl.Format(some) : Ever);

    private RemoteSection(string name) => Options = new RemoteOptions { Name = name };

    public static SettingTable<RemoteSection> Table { get; } = new()
    {
        { "type", Type, "What it is: `pypi`, `npm`, `apt`, `cargo`, `go`, `maven`, `nuget` or `files`; it is needed.",
            remote => remote.Options.Type, (remote, value) => remote.Options.Type = value },
        { "url", Units.List<string>("index URLs", ParseUrl, url => url),
            "The index as the tool itself would be given it, such as `https://pypi.org/simple/`; it is needed. Several are one index at several places, asked in this order.",
            remote => remote.Options.Urls, (remote, value) => remote.Options.Urls = value },
        { "index-ttl", Ttl, "How long a page of the index is used before its origin is asked again.",
            remote => remote.Options.IndexTtl, (remote, value) => remote.Options.IndexTtl = value },
        { "stale-for", TimeOrEver, "How long after its origin last confirmed it a page is used while the origin does not answer.",
            remote => remote.Options.StaleFor, (remote, value) => remote.Options.StaleFor = value },
        { "credentials-file", Units.Path, "File with one line `user:password` for the servers of `url` and no other.",
            remote => remote.CredentialsFile, (remote, value) => remote.CredentialsFile = value },
        { "offline", Units.Switch, "Serve what is here, and ask no origin.",
            remote => remote.Options.IsOffline, (remote, value) => remote.Options.IsOffline = value },
        { "moving", Units.List<string>("patterns", ParsePattern, pattern => pattern),
            "Of `files`: paths whose content changes, with `*` for any characters; they are kept as pages of an index are. All others are kept for ever.",
            remote => remote.Options.MovingPatterns, (remote, value) => remote.Options.MovingPatterns = value },
    };

    public RemoteOptions Options { get; }

    /// <summary>Null for none. It is read when the server starts.</summary>
    public string? CredentialsFile { get; private set; }

    /// <summary>Reads a section.</summary>
    /// <param name="name">The remote's name.</param>
    /// <param name="values">Keys and values.</param>
    /// <param name="path">The file, for the problems.</param>
    /// <param name="problems">One line for each.</param>
    public static RemoteSection Read(string name, IEnumerable<(string Key, string Text)> values, string path, List<string> problems)
    {
        string section = $"[{Kind} {name}] in {path}";
        var remote = new RemoteSection(name);
        int count = problems.Count;
        if (name.StartsWith('.') || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('.' or '-' or '_')))
            problems.Add($"{section}: a name has letters, digits, dots, hyphens and underscores only, and no dot at its beginning: it is part of a path.");
        foreach ((string key, string text) in values)
        {
            if (Table.Find(key) is not { } setting)
                problems.Add($"{key} of {section}: there is no such key; write one of {string.Join(", ", Table.Select(known => known.Name))}.");
            else if (setting.Apply(remote, text.Trim()) is { } problem)
                problems.Add($"{key} of {section}: '{text}' {problem}.");
        }

        // What is wrong was said; what is missing may be missing for that.
        if (problems.Count > count)
            return remote;
        if (remote.Options.Type == RemoteType.None || remote.Options.Urls.Count == 0)
            problems.Add($"{section}: both type and url are needed, such as type = pypi and url = https://pypi.org/simple/.");
        if (remote.Options.MovingPatterns.Count > 0 && remote.Options.Type != RemoteType.Files)
            problems.Add($"{section}: moving is for type = files; the other types know what changes.");
        if (remote.Options.Urls.Any(IsDocument) != (remote.Options.Type == RemoteType.NuGet) && remote.Options.Urls.Count > 0)
            problems.Add($"{section}: the url of type = nuget, and of no other, is a document: its service index, such as https://api.nuget.org/v3/index.json.");
        if (remote.Options.Urls.Count > 1 && remote.Options.Type == RemoteType.Files)
            problems.Add($"{section}: type = files has one url.");
        return remote;
    }

    private static string? ParseUrl(string word, out string url)
    {
        string? problem = UpstreamSection.ParseUrl(word, out Uri? parsed);
        if (parsed?.UserInfo.Length > 0)
            problem = "holds a user name, which every user of this machine could read; write credentials-file";

        // With a slash at its end: the paths of the index begin there.
        url = word.EndsWith('/') || IsDocument(word) ? word : $"{word}/";
        if (problem is not null)
            return problem;
        try
        {
            _ = new RemoteOptions { Name = "", Urls = [url] }.ReadUrls();
            return null;
        }
        catch (FormatException e)
        {
            return $"cannot be asked: {e.Message.TrimEnd('.')}";
        }
    }

    private static bool IsDocument(string url) => url.EndsWith(".json", StringComparison.Ordinal);

    private static string? ParsePattern(string word, out string pattern)
    {
        pattern = word.TrimStart('/');
        return pattern.Length > 0 ? null : "is no pattern of a path below the remote; write *.json or dists/*";
    }
}
