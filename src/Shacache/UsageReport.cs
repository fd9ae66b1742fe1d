using System.CommandLine;
using System.CommandLine.Parsing;

namespace Shacache.Cli;

/// <summary>Says what is wrong with a command line: one line, and where help is.</summary>
internal static class UsageReport
{
    public static int Write(ParseResult parsed, TextWriter error)
    {
        string path = Path(parsed.CommandResult);
        ParseError? first = parsed.Errors.Count > 0 ? parsed.Errors[0] : null;
        error.WriteLine($"{path}: {first?.Message.ReplaceLineEndings(" ").TrimEnd() ?? "nothing to do."}");
        error.WriteLine($"Try '{path} --help'.");
        return ExitCode.Usage;
    }

    private static string Path(CommandResult result) =>
        result.Parent is CommandResult parent ? $"{Path(parent)} {result.Command.Name}" : "shacache";
}
