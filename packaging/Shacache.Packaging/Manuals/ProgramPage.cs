using System.CommandLine;
using Shacache.Cli.Configuration;
using Shacache.Cli.Errors;
using static Shacache.Packaging.Manuals.ManualPage;

namespace Shacache.Packaging.Manuals;

/// <summary>The page of the program: its commands, and what they have in common.</summary>
internal static class ProgramPage
{
    private static readonly (int Code, string Meaning)[] ExitCodes =
    [
        (ExitCode.Done, "Done."),
        (ExitCode.Error, "It was tried and failed."),
        (ExitCode.Usage, "The command line is wrong; nothing was tried."),
        (ExitCode.NotFound, "There is no such thing, or none that is trusted."),
        (ExitCode.Configuration, "The configuration is wrong; nothing was tried."),
        (ExitCode.Interrupted, "Interrupted (Ctrl-C)."),
        (ExitCode.ClosedPipe, "The reader of the standard output has closed it."),
    ];

    private static readonly (string Name, string Meaning)[] Variables =
    [
        (SettingsReader.NodeFileVariable, "The slapos.cfg of the commands that read one, unless --config names it."),
        (SettingsReader.TokenVariable, "A token of an account that may administer, for the commands that ask a server by --url."),
        (SettingsReader.FileVariable, "The configuration file of serve. The other variables SHACACHE_... are settings of it."),
        ("http_proxy, https_proxy, all_proxy, no_proxy", "Proxies, and what is reached without one."),
        ("NO_COLOR", "Without colours."),
    ];

    public static ManualPage Create(RootCommand root, IReadOnlyList<ManualPage> pages, ManualEdition edition)
    {
        var page = new ManualPage("shacache", 1, "network cache for builds", edition);
        page.Heading("Synopsis");
        page.Paragraph($"{Bold("shacache")} {Italic("COMMAND")} [{Italic("OPTION")}]...");
        page.Heading("Description");
        page.Paragraph(Prose(root.Description ?? ""));
        page.Heading("Commands");
        foreach (ManualPage command in pages.Where(other => other.Section == 1))
            page.Item($"{Bold(command.Name)}(1)", Prose(char.ToUpperInvariant(command.Summary[0]) + command.Summary[1..] + "."));

        page.Heading("Options");
        page.Paragraph("Every command has these:");
        foreach (Option option in root.Options.Where(option => !option.Hidden))
            page.Item(CommandText.Tag(option), Prose(option.Description!.TrimEnd('.') + "."));
        page.Heading("Exit status");
        foreach ((int code, string meaning) in ExitCodes)
            page.Item(Bold($"{code}"), Prose(meaning));
        page.Heading("Environment");
        foreach ((string name, string meaning) in Variables)
            page.Item(Bold(name), Prose(meaning));
        page.Heading("Files");
        page.Item(Italic("/etc/shacache/shacache.conf"), $"The configuration of the packaged server, {Bold("shacache.conf")}(5).");
        page.Item(Italic("/var/lib/shacache"), "What the packaged server stores.");
        page.Item(Italic("slapos.cfg, /etc/opt/slapos/slapos.cfg"), "Names the servers, keys and certificates of a node.");
        page.Heading("See also");
        page.Paragraph(string.Join(", ", pages.Select(other => $"{Bold(other.Name)}({other.Section})")));
        return page;
    }
}
