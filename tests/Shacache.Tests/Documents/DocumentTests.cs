using System.Text.RegularExpressions;
using Shacache.Testing;

namespace Shacache.Cli.Documents;

/// <summary>What holds for every document: short lines, and links that lead somewhere.</summary>
public sealed partial class DocumentTests
{
    private const int MaxCharacters = 100;
    private const int TimeoutMs = 60_000;
    private const string Fence = "```";

    public static TheoryData<string> Documents =>
    [
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "benchmarks/README.md",
        .. Directory.EnumerateFiles(Path.Combine(Repository.Root, "docs"), "*.md", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Repository.Root, path).Replace('\\', '/')).Order(StringComparer.Ordinal),
    ];

    /// <summary>Longer may be what cannot be wrapped: rows of tables, code, and a line that is one word.</summary>
    [Theory]
    [MemberData(nameof(Documents))]
    public void Lines_OfProse_HaveAtMost100Characters(string document)
    {
        List<string> tooLong = [];
        bool isFenced = false;
        int number = 0;
        foreach (string line in File.ReadLines(Path.Combine(Repository.Root, document)))
        {
            number++;
            string text = line.TrimStart();
            if (text.StartsWith(Fence, StringComparison.Ordinal))
                isFenced = !isFenced;
            bool mayBeLong = isFenced || text.StartsWith('|') || line.StartsWith("    ", StringComparison.Ordinal) || !text.Contains(' ', StringComparison.Ordinal);
            if (line.Length > MaxCharacters && !mayBeLong)
                tooLong.Add($"{document}:{number} has {line.Length} characters: {line[..60]}…");
        }

        Assert.Empty(tooLong);
    }

    [Theory]
    [MemberData(nameof(Documents))]
    public void Links_ToFilesAndHeadings_LeadSomewhere(string document)
    {
        string path = Path.Combine(Repository.Root, document);
        List<string> broken = [];
        foreach (string target in Links().Matches(File.ReadAllText(path)).Select(link => link.Groups["target"].Value))
        {
            if (target.Contains("://", StringComparison.Ordinal))
                continue;
            string[] parts = target.Split('#', 2);
            string file = parts[0].Length > 0 ? Path.Combine(Path.GetDirectoryName(path)!, parts[0]) : path;
            if (!Path.Exists(file) || (parts.Length > 1 && !AnchorsOf(file).Contains(parts[1])))
                broken.Add($"{document} links to {target}, which is not there.");
        }

        Assert.Empty(broken);
    }

    /// <summary>As GitHub makes them: lower case, dashes for spaces, nothing else but letters, digits and dashes.</summary>
    private static HashSet<string> AnchorsOf(string path) =>
    [
        .. File.ReadLines(path).Where(line => line.StartsWith('#')).Select(line =>
            Punctuation().Replace(line.TrimStart('#').Trim().ToLowerInvariant(), "").Replace(' ', '-')),
    ];

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)", RegexOptions.ExplicitCapture, TimeoutMs)]
    private static partial Regex Links();

    [GeneratedRegex(@"[^\w\- ]", RegexOptions.None, TimeoutMs)]
    private static partial Regex Punctuation();
}
