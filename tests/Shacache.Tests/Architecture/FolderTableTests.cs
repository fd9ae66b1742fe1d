using Shacache.Testing;

namespace Shacache.Tests.Architecture;

/// <summary>The table at the end of docs/architecture.md tells of each folder of src that holds code, and of no other.</summary>
public sealed class FolderTableTests
{
    private const string Heading = "## Folders";
    private const string Where = $"docs/architecture.md, \"{Heading}\",";

    private static readonly string Source = Path.Combine(Repository.Root, "src");

    [Fact]
    public void FolderTable_HasEachFolderWithCode_AndNoOther()
    {
        string[] folders =
        [
            .. Directory.EnumerateFiles(Source, "*.cs", SearchOption.AllDirectories)
                .Select(path => Path.GetRelativePath(Repository.Root, Path.GetDirectoryName(path)!).Replace('\\', '/'))
                .Where(folder => !folder.Split('/').Any(part => part is "obj" or "bin")).Distinct(),
        ];
        string[] listed = [.. Rows().Select(row => row[0])];

        string[] missing = [.. folders.Except(listed).Order(StringComparer.Ordinal)];
        Assert.True(missing.Length == 0, $"{Where} lacks {string.Join(", ", missing)}: add a row that says what it is for and what it must not know.");
        string[] gone = [.. listed.Except(folders)];
        Assert.True(gone.Length == 0, $"{Where} has {string.Join(", ", gone)}, where there is no code: remove or rename the row.");
        Assert.Equal(listed.Order(StringComparer.Ordinal), listed);
    }

    [Fact]
    public void FolderTable_EachRow_SaysWhatTheFolderIsForAndWhatItMustNotKnow() =>
        Assert.All(Rows(), row => Assert.True(row.Length == 3 && row.All(cell => cell.Length > 0), $"{Where} has an incomplete row for {row[0]}."));

    private static IEnumerable<string[]> Rows() =>
        File.ReadLines(Path.Combine(Repository.Root, "docs", "architecture.md"))
            .SkipWhile(line => line != Heading)
            .Where(line => line.StartsWith("| `", StringComparison.Ordinal))
            .Select(line => line.Trim('|', ' ').Split(" | ").Select(cell => cell.Trim('`')).ToArray());
}
