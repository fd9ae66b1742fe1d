using System.CommandLine;
using Shacache.Cli;

namespace Shacache.Packaging.Manuals;

/// <summary>All manual pages: one of the program, one for each of its commands or groups of commands, one of the server's configuration file.</summary>
internal static class ManualSet
{
    /// <param name="folder">Gets the pages; made when it is missing.</param>
    /// <param name="version">The program's version.</param>
    /// <param name="date">The day of its sources.</param>
    public static void Write(string folder, string version, DateOnly date)
    {
        var edition = new ManualEdition(version, date);
        RootCommand root = CommandLine.CreateRoot();
        List<ManualPage> pages = [.. root.Subcommands.Where(command => !command.Hidden).Select(command => CommandPage.Create(command, edition))];
        pages.Add(SettingsPage.Create(edition));
        pages.Insert(0, ProgramPage.Create(root, pages, edition));
        Directory.CreateDirectory(folder);
        foreach (ManualPage page in pages)
            File.WriteAllText(Path.Combine(folder, page.FileName), page.ToString());
    }
}
