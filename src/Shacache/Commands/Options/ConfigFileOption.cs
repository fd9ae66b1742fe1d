using System.CommandLine;
using Shacache.Cli.Configuration;
using Shacache.Cli.Errors;
using Shacache.Client.Configuration;
using Shacache.Client.Errors;

namespace Shacache.Cli.Commands.Options;

/// <summary><c>--config</c>: the slapos.cfg that a command reads. Without it, the first of three places that names or has one.</summary>
internal sealed class ConfigFileOption : Option<string?>
{
    /// <summary>Names the file when the option does not.</summary>
    public const string Variable = SettingsReader.NodeFileVariable;

    private const string LocalFile = "slapos.cfg";
    private const string NodeFile = "/etc/opt/slapos/slapos.cfg";

    public ConfigFileOption()
        : base("--config", "-c")
    {
        Description =
            $"The slapos.cfg whose section [networkcache] names servers, keys and certificates. Default: what {Variable} names, " +
            $"then {LocalFile} here, then {NodeFile}.";
        HelpName = "CFG";
    }

    /// <summary>The file.</summary>
    /// <exception cref="CommandFailedException">None is named, and there is none.</exception>
    public string Find(ParseResult arguments) => arguments.GetValue(this) ?? FindDefault() ?? throw new CommandFailedException(
        ExitCode.Usage, $"which slapos.cfg? Name it with --config, or in {Variable}; there is neither {LocalFile} in this folder nor {NodeFile}.");

    /// <summary>What stands in the file.</summary>
    /// <exception cref="CommandFailedException">None is named, and there is none.</exception>
    /// <exception cref="NetworkCacheConfigurationException">It cannot be read or used.</exception>
    public NetworkCacheOptions Load(ParseResult arguments)
    {
        string path = Find(arguments);
        try
        {
            return NetworkCacheOptions.Load(path);
        }
        catch (NetworkCacheConfigurationException e) when (arguments.GetValue(this) is null && !File.Exists(path))
        {
            throw new CommandFailedException(ExitCode.Configuration, $"{e.Message} ({Variable} of the environment names it.)", e);
        }
    }

    /// <summary>The file that is used when none is named; null when there is none either.</summary>
    public static string? FindDefault() =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? named : Array.Find([LocalFile, NodeFile], File.Exists);
}
