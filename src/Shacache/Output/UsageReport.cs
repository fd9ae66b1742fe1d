using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Shacache.Cli.Errors;

namespace Shacache.Cli.Output;

/// <summary>Says what is wrong with a command line: one line, and where help is.</summary>
internal static class UsageReport
{
    public static int Write(ParseResult parsed, TextWriter error) => Write(parsed, Explain(parsed), error);

    public static int Write(ParseResult parsed, string problem, TextWriter error)
    {
        error.WriteLine($"shacache: {ErrorReport.OneLine(problem)}");
        error.WriteLine($"Try '{CommandPath(parsed.CommandResult)} --help'.");
        return ExitCode.Usage;
    }

    private static string Explain(ParseResult parsed)
    {
        // The parser's first complaint about an unknown command is that none was given.
        if (parsed.UnmatchedTokens.Count > 0)
            return $"there is no {(parsed.UnmatchedTokens[0].StartsWith('-') ? "option" : "command or argument")} '{parsed.UnmatchedTokens[0]}' here.";
        if (parsed.CommandResult.Command.Subcommands.Count > 0)
        {
            IEnumerable<string> commands = parsed.CommandResult.Command.Subcommands.Where(command => !command.Hidden).Select(command => command.Name);
            return $"say what to do: {string.Join(", ", commands)}.";
        }

        return FindBadOption(parsed) ?? FindMissing(parsed) ?? (parsed.Errors.Count == 0 ? "nothing to do." : parsed.Errors[0].Message.Replace("\t", "", StringComparison.Ordinal));
    }

    /// <summary>An option without its value, with two, or with one that is no number.</summary>
    private static string? FindBadOption(ParseResult parsed)
    {
        foreach (OptionResult given in parsed.CommandResult.Children.OfType<OptionResult>().Where(result => !result.Implicit))
        {
            Option option = given.Option;
            // As it was typed.
            string name = given.IdentifierToken?.Value ?? option.Name;
            if (given.Tokens.Count < option.Arity.MinimumNumberOfValues)
                return $"{name} needs a value, {option.HelpName ?? "VALUE"}: {Description(option)}";
            if (given.Tokens.Count > option.Arity.MaximumNumberOfValues)
                return $"{name} is given {given.Tokens.Count} times, but has one value.";
            if (option.ValueType == typeof(int) && !int.TryParse(given.Tokens[0].Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
                return $"{name} needs a whole number, not '{given.Tokens[0].Value}'.";
        }

        return null;
    }

    /// <summary>An argument or an option without which the command cannot do anything.</summary>
    private static string? FindMissing(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        if (command.Arguments.FirstOrDefault(argument => argument.Arity.MinimumNumberOfValues > 0 && parsed.GetResult(argument) is null or { Tokens.Count: 0 }) is { } argument)
            return $"{argument.Name} is missing: {Description(argument)}";
        return command.Options.FirstOrDefault(option => option.Required && parsed.GetResult(option) is null or { Implicit: true }) is { } option
            ? $"{option.Name} {option.HelpName} is missing: {Description(option)}"
            : null;
    }

    /// <summary>What the help says, continued after a colon.</summary>
    private static string Description(Symbol symbol) =>
        symbol.Description is { Length: > 1 } text && !char.IsUpper(text[1]) ? char.ToLowerInvariant(text[0]) + text[1..] : symbol.Description ?? "";

    private static string CommandPath(CommandResult result) =>
        result.Parent is CommandResult parent ? $"{CommandPath(parent)} {result.Command.Name}" : "shacache";
}
