using System.CommandLine;

namespace Shacache.Cli.Commands;

/// <summary><c>shacache config</c>: looks after a slapos.cfg.</summary>
internal static class ConfigCommand
{
    public static Command Create() => new("config", "Look after a slapos.cfg.") { new ConfigCheckCommand() };
}
