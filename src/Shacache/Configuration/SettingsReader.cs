using System.Collections;

namespace Shacache.Cli.Configuration;

/// <summary>Makes <see cref="ServerSettings"/> of flags, environment and file: flags win over environment over file over default.</summary>
internal static class SettingsReader
{
    /// <summary>Names the configuration file, as the flag <c>--config</c> does.</summary>
    public const string FileVariable = SettingKey.EnvironmentPrefix + "CONFIG";

    /// <summary>Holds a token for the commands that ask a server: none of the server's business.</summary>
    public const string TokenVariable = SettingKey.EnvironmentPrefix + "TOKEN";

    /// <summary>Names the slapos.cfg of the commands that read one: none of the server's business.</summary>
    public const string NodeFileVariable = SettingKey.EnvironmentPrefix + "CFG";

    // Left for other parts of the project: tests and tools that run servers.
    private const string ReservedPrefix = SettingKey.EnvironmentPrefix + "TEST_";

    /// <summary>Reads and checks everything.</summary>
    /// <param name="flags">Values of flags by the key's name.</param>
    /// <param name="environment">The environment of the process.</param>
    /// <param name="filePath">The configuration file; null for the one that the environment names, or none.</param>
    /// <param name="problems">Every problem there is, one line each.</param>
    public static ServerSettings Read(
        IReadOnlyDictionary<string, string> flags, IDictionary environment, string? filePath, out IReadOnlyList<string> problems)
    {
        List<string> found = [];
        problems = found;
        Dictionary<string, SettingValue> values = new(StringComparer.Ordinal);
        filePath ??= environment[FileVariable] as string;
        List<UpstreamSettings> upstreams = [];
        if (filePath is { Length: > 0 })
            SettingsFile.Read(filePath, values, upstreams, found);
        ReadEnvironment(environment, values, found);
        foreach ((string name, string text) in flags)
            values[name] = new SettingValue(text, $"--{name}");

        var settings = new ServerSettings { UpstreamSections = upstreams };
        foreach (SettingKey key in SettingKeys.All)
        {
            SettingValue value = values.TryGetValue(key.Name, out SettingValue given) ? given : new SettingValue(key.Default, "default");
            if (key.Apply(settings, value.Text.Trim()) is not { } problem)
                continue;
            found.Add($"{value.Origin}: '{value.Text}' {problem}.");

            // The rules below judge what is right so far, not the hole that a wrong value leaves.
            key.Apply(settings, key.Default);
        }

        SettingsRules.Check(settings, found);
        return settings;
    }

    private static void ReadEnvironment(IDictionary environment, Dictionary<string, SettingValue> values, List<string> problems)
    {
        Dictionary<string, SettingKey> known = SettingKeys.All.ToDictionary(key => key.EnvironmentVariable, StringComparer.Ordinal);
        foreach (string variable in environment.Keys.Cast<string>().Order(StringComparer.Ordinal))
        {
            if (!variable.StartsWith(SettingKey.EnvironmentPrefix, StringComparison.Ordinal) || variable is FileVariable or TokenVariable or NodeFileVariable ||
                variable.StartsWith(ReservedPrefix, StringComparison.Ordinal))
            {
                continue;
            }

            if (known.TryGetValue(variable, out SettingKey? key))
                values[key.Name] = new SettingValue((string)environment[variable]!, variable);
            else
                problems.Add($"{variable}: there is no such key; 'shacache serve --help' lists them.");
        }
    }
}
