using System.CommandLine;

namespace Shacache.Cli.Commands;

/// <summary>Options that the commands which talk to a network cache have in common.</summary>
internal static class ClientOptions
{
    public static Option<string> Config() => new("--config", "-c")
    {
        Description = "The slapos.cfg whose section [networkcache] names servers, keys and certificates.",
        HelpName = "CFG",
        Required = true,
    };

    public static Option<bool> Quiet() => new("--quiet", "-q") { Description = "No progress bar; warnings and errors are shown all the same." };
}
