using System.CommandLine;

namespace Shacache.Cli.Commands;

/// <summary>Options that the commands which talk to a network cache have in common.</summary>
internal static class ClientOptions
{
    public static Option<bool> Quiet() => new("--quiet", "-q") { Description = "No progress bar; warnings and errors are shown all the same." };

    public static Option<bool> WithCredentials() => new("--with-credentials")
    {
        Description = "Pack files of a folder that hold credentials too. Without it they are left out, with a warning.",
    };
}
