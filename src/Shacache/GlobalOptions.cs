using System.CommandLine;

namespace Shacache.Cli;

/// <summary>Options that every command has.</summary>
internal static class GlobalOptions
{
    public static Option<bool> Verbose { get; } = new("--verbose")
    {
        Description = "Show the whole trace of an unexpected error.",
        Recursive = true,
    };
}
