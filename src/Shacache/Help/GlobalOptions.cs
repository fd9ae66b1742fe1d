using System.CommandLine;

namespace Shacache.Cli.Help;

/// <summary>Options that every command has.</summary>
internal static class GlobalOptions
{
    public const string VerboseName = "--verbose";

    public static Option<bool> Verbose() => new(VerboseName)
    {
        Description = "Show the whole trace of an error.",
        Recursive = true,
    };
}
