using System.CommandLine;
using System.CommandLine.Help;
using System.Text.RegularExpressions;
using Shacache.Cli.Errors;
using Shacache.Testing;

namespace Shacache.Cli.Documents;

/// <summary>docs/commands.md and the code name the same commands, options, arguments and exit codes.</summary>
public sealed partial class CommandsDocumentTests
{
    /// <summary>The row that stands for the table of a section of its own.</summary>
    private const string ServerOptions = "| [server options](#server-options) |";
    private const string StoreOptions = "| [store options](#store-options) |";

    private static readonly string Document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "commands.md"));

    [Fact]
    public void Headings_AreTheCommands() =>
        Assert.Equal(
            Commands(CommandLine.CreateRoot(), "shacache").Select(found => found.Path).Order(StringComparer.Ordinal),
            Headings().Matches(Document).Select(heading => heading.Groups["path"].Value).Order(StringComparer.Ordinal));

    [Fact]
    public void Tables_NameEachOptionAndArgument()
    {
        foreach ((string path, Command command) in Commands(CommandLine.CreateRoot(), "shacache"))
        {
            // The options of serve are its settings, which have a document of their own.
            if (path == "shacache serve")
                continue;
            IEnumerable<string> names = command.Options.Where(option => option is not HelpOption && !option.Hidden)
                .SelectMany(option => option.Aliases.Prepend(option.Name)).Concat(command.Arguments.Select(argument => argument.Name));
            Assert.Equal(names.Order(StringComparer.Ordinal), NamesIn(Section(path)).Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public void ExitCodes_AreThoseOfTheCode()
    {
        IEnumerable<string> codes = typeof(ExitCode).GetFields().Select(field => $"{field.GetRawConstantValue()}");
        Assert.Equal(codes, Codes().Matches(Document).Select(row => row.Groups["code"].Value));
    }

    private static IEnumerable<(string Path, Command Command)> Commands(Command parent, string path) =>
        parent.Subcommands.Where(command => !command.Hidden)
            .SelectMany(command => Commands(command, $"{path} {command.Name}").Prepend(($"{path} {command.Name}", command)));

    private static string Section(string path)
    {
        int start = Document.IndexOf($"\n## {path}\n", StringComparison.Ordinal);
        int end = Document.IndexOf("\n## ", start + 1, StringComparison.Ordinal);
        return end < 0 ? Document[start..] : Document[start..end];
    }

    /// <summary>The first column of the table whose head is "option".</summary>
    private static IEnumerable<string> NamesIn(string section)
    {
        int table = section.IndexOf("| option |", StringComparison.Ordinal);
        if (table < 0)
            return [];
        IEnumerable<string> rows = section[table..].Split('\n').Skip(2).TakeWhile(row => row.StartsWith('|'));
        return rows.SelectMany(row =>
            row.StartsWith(ServerOptions, StringComparison.Ordinal) ? NamesIn(Section("Server options"))
            : row.StartsWith(StoreOptions, StringComparison.Ordinal) ? NamesIn(Section("Store options"))
            : Names().Matches(row.Split(" | ")[0]).Select(name => name.Groups["name"].Value));
    }

    [GeneratedRegex("^## (?<path>shacache .*)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Headings();

    [GeneratedRegex("`(?<name>[^ `]+)( [A-Z]+)?`", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Names();

    [GeneratedRegex(@"^\| (?<code>[0-9]+) \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Codes();
}
