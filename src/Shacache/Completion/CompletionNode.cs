using System.CommandLine;
using System.CommandLine.Completions;

namespace Shacache.Cli.Completion;

/// <summary>What a shell must know about a command.</summary>
/// <param name="Path">The command with those above it, such as <c>shacache upload</c>.</param>
/// <param name="Description">What it is for.</param>
/// <param name="Options">Its options, and those that it inherits.</param>
/// <param name="Children">The commands below it.</param>
/// <param name="Arguments">What may follow the options.</param>
internal sealed record CompletionNode(
    string Path, string Description, IReadOnlyList<CompletionOption> Options, IReadOnlyList<CompletionNode> Children, CompletionValue? Arguments)
{
    public string Name => Path[(Path.LastIndexOf(' ') + 1)..];

    public static CompletionNode From(RootCommand root) => From(root, "shacache", []);

    /// <summary>This node and all below it.</summary>
    public IEnumerable<CompletionNode> Flatten() => Children.SelectMany(child => child.Flatten()).Prepend(this);

    private static CompletionNode From(Command command, string path, IReadOnlyList<Option> inherited)
    {
        IReadOnlyList<Option> inheritable = [.. inherited, .. command.Options.Where(option => option.Recursive)];
        return new CompletionNode(
            path,
            command.Description ?? "",
            [.. command.Options.Union(inherited).Where(option => !option.Hidden).Select(CompletionOption.From)],
            [.. command.Subcommands.Where(child => !child.Hidden).Select(child => From(child, $"{path} {child.Name}", inheritable))],
            command.Arguments.Count == 0 ? null : CompletionValue.From(command.Arguments[0].Name, command.Arguments[0]));
    }
}

/// <summary>What a shell must know about an option.</summary>
/// <param name="Names">Its names and short names, each with its dashes.</param>
/// <param name="Description">What it is for.</param>
/// <param name="Value">What follows it; null for a switch.</param>
internal sealed record CompletionOption(IReadOnlyList<string> Names, string Description, CompletionValue? Value)
{
    public static CompletionOption From(Option option) => new(
        // Not -? and the like: a shell would take the question mark for a pattern.
        [.. option.Aliases.Prepend(option.Name).Where(name => name.StartsWith('-') && !name.Contains('?')).Distinct()],
        option.Description ?? "",
        option.Arity.MaximumNumberOfValues == 0 || option.ValueType == typeof(bool)
            ? null
            : CompletionValue.From(option.HelpName ?? option.Name.TrimStart('-'), option));
}

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
