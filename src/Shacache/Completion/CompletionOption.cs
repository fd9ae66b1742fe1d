using System.CommandLine;

namespace Shacache.Cli.Completion;

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
