using System.CommandLine;
using System.CommandLine.Parsing;

namespace Shacache.Cli;

/// <summary>Says what is wrong with a command line: one line, and where help is.</summary>
internal static class UsageReport
{
    public static int Write(ParseResult parsed, TextWriter error) => Write(parsed, Explain(parsed), error);

    public static int Write(ParseResult parsed, string problem, TextWriter error)
    {
        error.WriteLine($"shacache: {problem}");
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

        return parsed.Errors.Count == 0
            ? "nothing to do."
            : ErrorReport.OneLine(parsed.Errors[0].Message).Replace("as expected type 'System.Int32'", "as a whole number", StringComparison.Ordinal);
    }

    private static string CommandPath(CommandResult result) =>
        result.Parent is CommandResult parent ? $"{CommandPath(parent)} {result.Command.Name}" : "shacache";
}
