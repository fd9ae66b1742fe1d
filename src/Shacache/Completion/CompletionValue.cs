using System.CommandLine;
using System.CommandLine.Completions;

namespace Shacache.Cli.Completion;

/// <summary>How a shell completes a value.</summary>
/// <param name="Name">What the help calls it.</param>
/// <param name="IsFile">With the names of files and folders.</param>
/// <param name="Words">With one of these words.</param>
internal sealed record CompletionValue(string Name, bool IsFile, IReadOnlyList<string> Words)
{
    private static readonly string[] FileNames = ["FILE", "CFG", "DIR", "PATH"];

    public static CompletionValue From(string name, Symbol symbol) => new(
        name,
        FileNames.Contains(name, StringComparer.OrdinalIgnoreCase),
        [.. symbol.GetCompletions(CompletionContext.Empty).Select(item => item.Label).Where(label => !label.StartsWith('-'))]);
}
