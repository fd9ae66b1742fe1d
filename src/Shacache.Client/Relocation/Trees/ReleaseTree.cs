using System.Text;
using Shacache.Client.Elf;
using Shacache.Client.Elf.Loading;

namespace Shacache.Client.Relocation.Trees;

/// <summary>The names, links, programs and scripts of a release, wherever it is now: what loaders would see of it under its path.</summary>
/// <remarks>Paths are the Latin-1 text of their bytes, below the release's folder and without a slash in front.</remarks>
/// <param name="root">The path of the release, with its folder.</param>
internal sealed class ReleaseTree(byte[] root) : IElfTree
{
    private const int MaxLinks = 40;

    private readonly SortedDictionary<string, ElfFile> _programs = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _scripts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _links = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public string Root { get; } = Encoding.Latin1.GetString(root);

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, ElfFile>> Files => _programs;

    /// <summary>Scripts that can be executed, and the program that their first line names.</summary>
    public IEnumerable<KeyValuePair<string, string>> Scripts => _scripts;

    /// <summary>A file.</summary>
    public void AddFile(ReadOnlySpan<byte> path) => _names[Text(path)] = Text(path);

    /// <summary>A program, library or object, which is a file.</summary>
    public void AddProgram(ReadOnlySpan<byte> path, ElfFile elf) => _programs[Text(path)] = elf;

    /// <summary>A script that can be executed, which is a file.</summary>
    public void AddScript(ReadOnlySpan<byte> path, ReadOnlySpan<byte> program) => _scripts[Text(path)] = Text(program);

    /// <summary>A symbolic link.</summary>
    public void AddLink(ReadOnlySpan<byte> path, ReadOnlySpan<byte> target) => _links[Text(path)] = Text(target);

    /// <summary>Another name of a file.</summary>
    public void AddName(ReadOnlySpan<byte> path, ReadOnlySpan<byte> file) => _names[Text(path)] = _names.GetValueOrDefault(Text(file)) ?? Text(file);

    /// <inheritdoc/>
    public ElfFile? Find(string absolutePath) => Follow(absolutePath) is { IsInside: true, Path: var path } ? _programs.GetValueOrDefault(path) : null;

    /// <summary>Where a path leads when links of the release are followed.</summary>
    /// <param name="absolutePath">An absolute path.</param>
    /// <returns>A file of the release; or a path outside of it; null when the release has no such file.</returns>
    public TreePlace? Follow(string absolutePath)
    {
        string path = absolutePath;
        for (int links = 0; links < MaxLinks; links++)
        {
            string[] names = Below(path) is { } below ? below.Split('/', StringSplitOptions.RemoveEmptyEntries) : [];
            if (Below(path) is null)
                return new TreePlace(path, IsInside: false);
            if (FirstLink(names) is not (var link, var rest))
                return _names.TryGetValue(string.Join('/', names), out string? file) ? new TreePlace(file, IsInside: true) : null;
            string target = _links[link];
            string folder = link.Contains('/', StringComparison.Ordinal) ? $"{Root}/{link[..link.LastIndexOf('/')]}" : Root;
            path = $"{(target.StartsWith('/') ? target : $"{folder}/{target}")}/{rest}".TrimEnd('/');
        }

        return null;
    }

    /// <summary>The first part of a path that is a link, and what comes after it.</summary>
    private (string Link, string Below)? FirstLink(string[] names)
    {
        for (int i = 1; i <= names.Length; i++)
        {
            string part = string.Join('/', names[..i]);
            if (_links.ContainsKey(part))
                return (part, string.Join('/', names[i..]));
        }

        return null;
    }

    /// <summary>The part of a path below the release, without dots; null when it leads elsewhere.</summary>
    private string? Below(string absolutePath)
    {
        var names = new List<string>();
        foreach (string name in absolutePath.Split('/'))
        {
            if (name == "..")
                names.RemoveRange(Math.Max(0, names.Count - 1), Math.Min(1, names.Count));
            else if (name is not ("" or "."))
                names.Add(name);
        }

        string path = "/" + string.Join('/', names);
        return path.StartsWith($"{Root}/", StringComparison.Ordinal) ? path[(Root.Length + 1)..] : null;
    }

    private static string Text(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes);
}

/// <summary>Where a path leads.</summary>
/// <param name="Path">Below the release, or absolute.</param>
/// <param name="IsInside">Whether it is a file of the release.</param>
internal readonly record struct TreePlace(string Path, bool IsInside);
