using System.CommandLine;

namespace Shacache.Cli.Commands.Remotes;

/// <summary><c>shacache remote</c>: the package indexes that a server serves.</summary>
internal static class RemoteCommand
{
    public static Command Create() => new("remote", "Manage the package indexes that a server serves to package managers.")
    {
        new RemoteListCommand(),
        new RemoteCheckCommand(),
        new RemoteForgetCommand(),
        new RemotePrefetchCommand(),
    };
}
