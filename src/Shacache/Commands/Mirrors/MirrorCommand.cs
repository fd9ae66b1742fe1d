using System.CommandLine;

namespace Shacache.Cli.Commands.Mirrors;

/// <summary><c>shacache mirror</c>: a cache and the upstreams from which it fills itself.</summary>
internal static class MirrorCommand
{
    public static Command Create() => new("mirror", "Manage what a server has from its upstreams, and what it sends to them.")
    {
        new MirrorPullCommand(),
        new MirrorRefreshCommand(),
        new MirrorQueueCommand(),
    };
}
