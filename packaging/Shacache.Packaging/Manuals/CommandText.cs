using System.CommandLine;
using System.CommandLine.Completions;
using System.CommandLine.Help;
using static Shacache.Packaging.Manuals.ManualPage;

namespace Shacache.Packaging.Manuals;

/// <summary>The parts of the description of a command, as manual pages write them.</summary>
internal static class CommandText
{
    /// <summary>How a command is called.</summary>
    public static string Synopsis(Command command, string path)
    {
        List<string> parts = [Bold(path)];
        if (command.Subcommands.Count > 0)
            parts.Add(Italic("COMMAND"));
        if (Options(command).Any())
            parts.Add($"[{Italic("OPTION")}]...");
        parts.AddRange(command.Arguments.Select(Operand));
        return string.Join(' ', parts);
    }

    /// <summary>What a page of it says in one line: the first clause of its description, from which whatis(1) is made.</summary>
    public static string Summary(Command command)
    {
        string text = command.Description ?? command.Name;
        int end = new[] { text.IndexOf(": ", StringComparison.Ordinal), text.IndexOf(". ", StringComparison.Ordinal) }.Where(place => place > 0).DefaultIfEmpty(text.Length).Min();
        string clause = text[..end].TrimEnd('.');
        return char.ToLowerInvariant(clause[0]) + clause[1..];
    }

    /// <summary>The options that a page lists: not those that every command has.</summary>
    public static IEnumerable<Option> Options(Command command) => command.Options.Where(option => !option.Hidden && !option.Recursive && option is not HelpOption);

    /// <summary>Lists arguments, then options.</summary>
    public static void Write(ManualPage page, Command command, IEnumerable<Option> options)
    {
        foreach (Argument argument in command.Arguments)
            page.Item(Italic(argument.Name), Prose(Described(argument.Description, argument.HasDefaultValue ? argument.GetDefaultValue() : null)));
        foreach (Option option in options)
            page.Item(Tag(option), Prose(Described(option.Description, option.HasDefaultValue ? option.GetDefaultValue() : null)));
    }

    public static string Tag(Option option)
    {
        IEnumerable<string> names = option.Aliases.Prepend(option.Name).Distinct()
            // Not -?, nor what begins with a slash: that is for other systems.
            .Where(name => name.StartsWith('-') && !name.Contains('?')).OrderBy(name => name.StartsWith("--", StringComparison.Ordinal));
        bool isSwitch = option.Arity.MaximumNumberOfValues == 0 || option.ValueType == typeof(bool);
        return string.Join(", ", names.Select(Bold)) + (isSwitch ? "" : $" {Value(option)}");
    }

    private static string Value(Option option) => option.HelpName is { } name ? Italic(name) : Choice(option) ?? Italic(option.Name.TrimStart('-').ToUpperInvariant());

    private static string Operand(Argument argument)
    {
        string name = Choice(argument) ?? Italic(argument.Name);
        if (argument.Arity.MaximumNumberOfValues > 1)
            name += "...";
        return argument.Arity.MinimumNumberOfValues == 0 ? $"[{name}]" : name;
    }

    /// <summary>The words that a value must be one of; null when it may be anything.</summary>
    private static string? Choice(Symbol symbol)
    {
        string[] words = [.. symbol.GetCompletions(CompletionContext.Empty).Select(item => item.Label)];
        return words.Length == 0 ? null : string.Join('|', words.Select(Bold));
    }

    private static string Described(string? description, object? value) =>
        value is null or bool or "" or Array ? description ?? "" : $"{description} Default: {value}.";
}
