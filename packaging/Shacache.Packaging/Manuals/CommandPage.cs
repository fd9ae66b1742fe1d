using System.CommandLine;
using Shacache.Cli.Commands.Serving;
using Shacache.Cli.Configuration;
using Shacache.Cli.Help;
using static Shacache.Packaging.Manuals.ManualPage;

namespace Shacache.Packaging.Manuals;

/// <summary>The page of a command, or of a group of commands with all of them.</summary>
internal static class CommandPage
{
    public static ManualPage Create(Command command, ManualEdition edition)
    {
        string path = $"shacache {command.Name}";
        var page = new ManualPage(path.Replace(' ', '-'), 1, CommandText.Summary(command), edition);
        (string Path, Command Command)[] leaves = [.. Leaves(command, path)];
        page.Heading("Synopsis");
        foreach ((string Path, Command Command) leaf in leaves)
            page.Paragraph(CommandText.Synopsis(leaf.Command, leaf.Path));
        page.Heading("Description");
        page.Paragraph(Prose(command.Description ?? ""));
        if (command.Subcommands.Count == 0)
            WriteSingle(page, command);
        else
            WriteGroup(page, leaves);

        page.Heading("See also");
        page.Paragraph($"{Bold("shacache")}(1)" + (command.Name == ServeCommand.Name || command.Name == "admin" ? $", {Bold("shacache.conf")}(5)" : ""));
        return page;
    }

    private static void WriteSingle(ManualPage page, Command command)
    {
        if (command is DocumentedCommand documented)
            WriteNotes(page, documented);
        page.Heading("Options");
        if (command.Name == ServeCommand.Name)
        {
            page.Paragraph($"Each setting {Italic("NAME")} of {Bold("shacache.conf")}(5) is an option {Bold("--")}{Italic("NAME")} {Italic("VALUE")} too. Besides:");
            HashSet<string> settings = [.. DeclaredSettings.All.Select(setting => $"--{setting.Name}")];
            CommandText.Write(page, command, CommandText.Options(command).Where(option => !settings.Contains(option.Name)));
        }
        else
        {
            CommandText.Write(page, command, CommandText.Options(command));
        }

        page.Paragraph($"{Bold("--help")} and {Bold("--verbose")}: see {Bold("shacache")}(1).");
        if (command is DocumentedCommand { Examples.Count: > 0 } shown)
        {
            page.Heading("Examples");
            page.Example(shown.Examples);
        }
    }

    private static void WriteGroup(ManualPage page, (string Path, Command Command)[] leaves)
    {
        page.Heading("Commands");
        foreach ((string path, Command command) in leaves)
        {
            page.Subheading(Escape(path));
            page.Paragraph(Prose(command.Description ?? ""));
            if (command is DocumentedCommand documented)
                WriteNotes(page, documented);
            CommandText.Write(page, command, CommandText.Options(command));
            if (command is DocumentedCommand { Examples.Count: > 0 } shown)
                page.Example(shown.Examples);
        }
    }

    private static void WriteNotes(ManualPage page, DocumentedCommand command)
    {
        foreach (string note in command.Notes)
            page.Paragraph(Prose(note));
    }

    private static IEnumerable<(string Path, Command Command)> Leaves(Command command, string path)
    {
        Command[] below = [.. command.Subcommands.Where(child => !child.Hidden)];
        return below.Length == 0 ? [(path, command)] : below.SelectMany(child => Leaves(child, $"{path} {child.Name}"));
    }
}
