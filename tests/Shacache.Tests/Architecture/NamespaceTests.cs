using System.Text.RegularExpressions;
using Shacache.Testing;

namespace Shacache.Tests.Architecture;

/// <summary>Namespaces of a project know each other in one direction only, and each is its folder: so a reader can begin at the bottom.</summary>
public sealed partial class NamespaceTests
{
    private const RegexOptions Options = RegexOptions.Multiline | RegexOptions.ExplicitCapture;
    private const int TimeoutMs = 60_000;

    /// <summary>Where a project's namespaces begin with something else than its name.</summary>
    private static readonly Dictionary<string, string> Roots = new() { ["Shacache"] = "Shacache.Cli" };

    public static TheoryData<string> Projects => [.. Directory.GetDirectories(Path.Combine(Repository.Root, "src")).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Namespaces_OfAProject_HaveNoCycle(string project)
    {
        SourceFile[] files = [.. ReadAll(project)];
        Dictionary<string, string> users = [];
        ILookup<string, string> uses = files.SelectMany(file => UsesOf(file, files).Select(use => (From: file.Namespace, To: use, file.Name)))
            .Select(edge => (edge.From, edge.To, _: users.TryAdd($"{edge.From} {edge.To}", edge.Name))).Distinct().ToLookup(edge => edge.From, edge => edge.To);
        foreach (string start in files.Select(file => file.Namespace).Distinct())
        {
            if (FindWay(start, start, uses, []) is { } cycle)
                Assert.Fail(string.Join(" -> ", cycle.Zip(cycle.Skip(1), (from, to) => $"{from} ({users[$"{from} {to}"]})")) + $" -> {start}");
        }
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Namespaces_OfEveryFile_AreTheirFolders(string project) =>
        Assert.All(ReadAll(project), file => Assert.Equal($"{Roots.GetValueOrDefault(project, project)}{file.Folder.Replace('/', '.')}", file.Namespace));

    private static IEnumerable<SourceFile> ReadAll(string project)
    {
        string root = Path.Combine(Repository.Root, "src", project);
        foreach (string path in Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string relative = Path.GetRelativePath(root, path).Replace('\\', '/');
            string text = File.ReadAllText(path);
            if (relative.StartsWith("obj/", StringComparison.Ordinal) || relative.StartsWith("bin/", StringComparison.Ordinal) || Declared().Match(text) is not { Success: true } declared)
                continue;
            string folder = Path.GetDirectoryName(relative)!.Replace('\\', '/');
            string code = Texts().Replace(text, "");
            yield return new SourceFile(
                Path.GetFileName(path), folder.Length > 0 ? $"/{folder}" : "", declared.Groups["name"].Value,
                [.. Imports().Matches(text).Select(import => import.Groups["name"].Value)],
                [.. Types().Matches(text).Select(type => type.Groups["name"].Value)],
                [.. Words().Matches(code).Select(word => word.Value)]);
        }
    }

    /// <summary>The namespaces that a file imports, and those around its own of which it names a type.</summary>
    private static IEnumerable<string> UsesOf(SourceFile file, SourceFile[] all)
    {
        HashSet<string> known = [.. all.Select(other => other.Namespace)];
        foreach (string import in file.Imports.Where(known.Contains))
            yield return import;
        foreach (SourceFile outer in all.Where(other => file.Namespace.StartsWith($"{other.Namespace}.", StringComparison.Ordinal)))
        {
            if (outer.Types.Any(file.Words.Contains))
                yield return outer.Namespace;
        }
    }

    private static List<string>? FindWay(string from, string to, ILookup<string, string> uses, HashSet<string> seen)
    {
        foreach (string next in uses[from].Where(next => next != from))
        {
            if (next == to)
                return [from, to];
            if (seen.Add(next) && FindWay(next, to, uses, seen) is { } rest)
                return [from, .. rest];
        }

        return null;
    }

    [GeneratedRegex(@"^namespace (?<name>[\w.]+);", Options, TimeoutMs)]
    private static partial Regex Declared();

    [GeneratedRegex(@"^using (?<name>Shacache[\w.]+);", Options, TimeoutMs)]
    private static partial Regex Imports();

    [GeneratedRegex(@"^((public|internal|static|sealed|abstract|partial|readonly|ref|unsafe) )*(class|struct|interface|enum|record struct|record) (?<name>\w+)", Options, TimeoutMs)]
    private static partial Regex Types();

    /// <summary>Comments, imports and texts; in a text with values there may be names.</summary>
    [GeneratedRegex(@"//.*|^using .*|(?<!\$)""([^""\\\n]|\\.)*""", Options, TimeoutMs)]
    private static partial Regex Texts();

    /// <summary>Names, but for those of members, which follow a dot.</summary>
    [GeneratedRegex(@"(?<![\w.])[A-Z]\w+", Options, TimeoutMs)]
    private static partial Regex Words();

    private sealed record SourceFile(string Name, string Folder, string Namespace, IReadOnlyList<string> Imports, IReadOnlyList<string> Types, HashSet<string> Words);
}
