namespace Shacache.Cli.Configuration;

/// <summary>One key of the configuration: the same name in the file, as <c>SHACACHE_…</c> in the environment, and as <c>--…</c> flag.</summary>
/// <param name="Name">Lower case, words joined by hyphens.</param>
/// <param name="Unit">What its value is.</param>
/// <param name="Default">The value it has when nobody gives one, written as one would; empty for none.</param>
/// <param name="Effect">What it changes.</param>
/// <param name="Apply">Reads a value into the settings; gives what is wrong with it, worded to follow the value, or null.</param>
internal sealed record SettingKey(string Name, SettingUnit Unit, string Default, string Effect, Func<ServerSettings, string, string?> Apply)
{
    /// <summary>The prefix of every environment variable that is read.</summary>
    public const string EnvironmentPrefix = "SHACACHE_";

    public string Flag => $"--{Name}";

    public string EnvironmentVariable => EnvironmentPrefix + Name.Replace('-', '_').ToUpperInvariant();
}
