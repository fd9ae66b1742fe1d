using System.CommandLine;

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
