using System.CommandLine;

namespace Shacache.Cli.Commands.Options;

/// <summary>Options that the commands which talk to a network cache have in common.</summary>
internal static class ClientOptions
{
    public static Option<bool> Quiet() => new("--quiet", "-q") { Description = "No progress bar; warnings and errors are shown all the same." };

    public static Option<bool> WithCredentials() => new("--with-credentials")
    {
        Description = "Pack files that hold credentials too, and list URLs and metadata with a password or token. Everybody can read them then.",
    };
}
