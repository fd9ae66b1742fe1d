using System.CommandLine;

namespace Shacache.Cli.Commands.Bundles;

/// <summary><c>shacache bundle</c>: entries and their content in a file that can be carried.</summary>
internal static class BundleCommand
{
    public static Command Create() => new("bundle", "Carry entries and their content in one file, to where there is no network.")
    {
        new BundleExportCommand(),
        new BundleImportCommand(),
    };
}
