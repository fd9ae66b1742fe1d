using System.Text;

namespace Shacache.Core.Platforms;

/// <summary>Reads os-release (os-release(5)) the way the clients that write entries do, so that both name a system alike.</summary>
internal static class OsReleaseFile
{
    /// <summary>Longer files are no os-release.</summary>
    private const int MaxCharacters = 64 * 1024;

    /// <summary>The distribution that a file describes.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static Distribution Read(string path)
    {
        using StreamReader reader = File.OpenText(path);
        char[] buffer = new char[MaxCharacters];
        Distribution distribution = Parse(new string(buffer, 0, reader.ReadBlock(buffer)));
        // Debian's testing and unstable have no VERSION_ID.
        string debianVersion = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/", "debian_version");
        return distribution is { Version: "", Id: "debian" } && File.Exists(debianVersion)
            ? distribution with { Version = File.ReadLines(debianVersion).FirstOrDefault("").Trim() }
            : distribution;
    }

    /// <summary>The distribution that the text of such a file describes.</summary>
    public static Distribution Parse(string text)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in text.Split('\n'))
        {
            string trimmed = line.Trim();
            int equals = trimmed.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && trimmed[0] != '#')
                values[trimmed[..equals]] = Unquote(trimmed[(equals + 1)..]);
        }

        string id = values.GetValueOrDefault("ID", "linux").ToLowerInvariant().Replace(' ', '_');
        return new Distribution(
            id switch
            {
                // The names under which existing entries have them.
                "ol" => "oracle",
                "opensuse-leap" => "opensuse",
                _ => id,
            },
            values.GetValueOrDefault("VERSION_ID", ""),
            FindCodename(values));
    }

    /// <summary>ID and the ids of the systems it is derived from.</summary>
    internal static string[] ReadFamily(string path)
    {
        string[] words =
        [
            .. from line in File.ReadLines(path).Take(1000)
               where line.StartsWith("ID=", StringComparison.Ordinal) || line.StartsWith("ID_LIKE=", StringComparison.Ordinal)
               from word in Unquote(line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim()).Split(' ')
               select word.ToLowerInvariant(),
        ];
        return words;
    }

    private static string FindCodename(Dictionary<string, string> values)
    {
        if (values.TryGetValue("VERSION_CODENAME", out string? codename) || values.TryGetValue("UBUNTU_CODENAME", out codename))
            return codename;
        // "12 (bookworm)", or "14.04.6 LTS, Trusty Tahr".
        string version = values.GetValueOrDefault("VERSION", "");
        int open = version.IndexOf('(', StringComparison.Ordinal);
        int close = version.LastIndexOf(')');
        string name = open >= 0 && open < close ? version[(open + 1)..close] : version.Split(',', 2) is [_, string rest] ? rest : "";
        return name.Any(char.IsAsciiDigit) ? "" : name.Trim();
    }

    /// <summary>Shell quoting, without the expansions, which os-release does not have.</summary>
    private static string Unquote(string value)
    {
        if (value.Length < 2 || value[0] is not ('"' or '\'') || value[^1] != value[0])
            return value;
        var unquoted = new StringBuilder();
        for (int i = 1; i < value.Length - 1; i++)
        {
            if (value[0] == '"' && value[i] == '\\' && value[i + 1] is '\\' or '"' or '$' or '`')
                i++;
            unquoted.Append(value[i]);
        }

        return unquoted.ToString();
    }
}

/// <summary>An operating system as os-release names it: member <c>os</c> of an entry (docs/protocol.md, "Binary cache").</summary>
/// <param name="Id">Such as <c>debian</c>.</param>
/// <param name="Version">Such as <c>12</c>; may be empty.</param>
/// <param name="Codename">Such as <c>bookworm</c>; may be empty.</param>
public sealed record Distribution(string Id, string Version, string Codename)
{
    /// <summary>The form in which two distributions are compared.</summary>
    /// <remarks>
    /// Lower-case id; Raspbian is Debian; Debian keeps its major version alone and loses the codename, as its minor releases
    /// are compatible and old entries have none.
    /// </remarks>
    public Distribution Normalize()
    {
        string id = Id.ToLowerInvariant();
        return id is "debian" or "raspbian"
            ? new Distribution("debian", Version.Split('.', 2)[0], "")
            : this with { Id = id };
    }

    /// <summary>Whether software built on one runs on the other.</summary>
    public bool Matches(Distribution other) => Normalize() == other.Normalize();

    /// <summary>The parts that are there, such as <c>debian 12 bookworm</c>.</summary>
    public override string ToString() => string.Join(' ', new[] { Id, Version, Codename }.Where(part => part.Length > 0));
}
