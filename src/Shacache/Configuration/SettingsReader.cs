using System.Collections;
using Shacache.Cli.Configuration.Declaration;
using Shacache.Cli.Configuration.Features;
using Shacache.Cli.Configuration.Values;

namespace Shacache.Cli.Configuration;

/// <summary>Makes <see cref="ServerSettings"/> of flags, environment and file: flags win over environment over file over default.</summary>
internal static class SettingsReader
{
    // Every variable with this prefix is read; one that is no setting is refused.
    private const string EnvironmentPrefix = "SHACACHE_";

    /// <summary>Names the configuration file, as the flag <c>--config</c> does.</summary>
    public const string FileVariable = EnvironmentPrefix + "CONFIG";

    /// <summary>Holds a token for the commands that ask a server: none of the server's business.</summary>
    public const string TokenVariable = EnvironmentPrefix + "TOKEN";

    /// <summary>Names the slapos.cfg of the commands that read one: none of the server's business.</summary>
    public const string NodeFileVariable = EnvironmentPrefix + "CFG";

    // Left for other parts of the project: tests and tools that run servers.
    private const string ReservedPrefix = EnvironmentPrefix + "TEST_";

    /// <summary>Reads and checks everything.</summary>
    /// <param name="flags">Values of flags by the key's name.</param>
    /// <param name="environment">The environment of the process.</param>
    /// <param name="filePath">The configuration file; null for the one that the environment names, or none.</param>
    /// <param name="problems">Every problem there is, one line each.</param>
    /// <param name="passed">Sockets that take the place of addresses to listen on, if there are any.</param>
    public static ServerSettings Read(
        IReadOnlyDictionary<string, string> flags, IDictionary environment, string? filePath, out IReadOnlyList<string> problems,
        IReadOnlyList<PassedSocket>? passed = null)
    {
        List<string> found = [];
        problems = found;
        Dictionary<string, SettingValue> values = new(StringComparer.Ordinal);
        filePath ??= environment[FileVariable] as string;
        IReadOnlyList<SettingsSection> sections = filePath is { Length: > 0 } ? SettingsFile.Read(filePath, values, found) : [];
        List<string> later = [];
        ReadEnvironment(environment, values, later);
        TakeFlags(flags, values);

        var settings = new ServerSettings();
        // The rules below judge what is right so far: a wrong value leaves the default.
        foreach (Setting<ServerSettings> setting in DeclaredSettings.All)
            Apply(setting, settings, values, later);

        CheckPassword(flags, settings, later);

        // After the settings that hold for every upstream; their problems come with those of the file.
        settings.Upstreams.Sections = [.. sections.Where(section => section.Kind == UpstreamSection.Kind).Select(section => UpstreamSection.Read(section.Name, section.Lines, settings.Upstreams.Limits, filePath!, found))];
        settings.Upstreams.Complete();
        settings.Remotes = [.. sections.Where(section => section.Kind == RemoteSection.Kind).Select(section => RemoteSection.Read(section.Name, section.Lines, filePath!, found))];
        settings.Cache.Remotes = [.. settings.Remotes.Select(remote => remote.Options)];
        found.AddRange(later);
        if (passed is { Count: > 0 })
            settings.Host.Listen = [.. passed.Select(socket => ListenAddress.Of(socket, settings.Host.TlsCertificate is not null))];
        SettingsRules.Check(settings, found);
        return settings;
    }

    /// <summary>Reads where a server listens and has its data, for those who want to reach it: what else is configured may be none of their business.</summary>
    /// <param name="environment">The environment of the process.</param>
    /// <param name="filePath">The configuration file; null for the one that the environment names, or none.</param>
    /// <param name="problem">The first problem, in one line; null when there is none.</param>
    public static HostSettings ReadHost(IDictionary environment, string? filePath, out string? problem)
    {
        ServerSettings settings = ReadPart([.. HostSettings.Table], new Dictionary<string, string>(), environment, filePath, out List<string> found);
        problem = found.FirstOrDefault();
        return settings.Host;
    }

    /// <summary>Reads where a server keeps everything, and for how long, for commands that work on that without it: the certificate that it listens with, and its upstreams, may be on another machine.</summary>
    /// <param name="flags">Values of flags by the key's name.</param>
    /// <param name="filePath">The configuration file; null for none.</param>
    /// <param name="problem">The first problem, in one line; null when there is none.</param>
    public static ServerSettings ReadStores(IReadOnlyDictionary<string, string> flags, string? filePath, out string? problem)
    {
        List<Setting<ServerSettings>> part = [.. HostSettings.Table, .. ContentStoreSettings.Table, .. DatabaseSettings.Table, .. AccountSettings.Table, .. RoomSettings.Table, .. RetentionSettings.Table];
        ServerSettings settings = ReadPart(part, flags, new Dictionary<string, string>(), filePath, out List<string> found);
        CheckPassword(flags, settings, found);
        SettingsRules.CheckStores(settings, found);
        problem = found.FirstOrDefault();
        return settings;
    }

    private static ServerSettings ReadPart(
        IEnumerable<Setting<ServerSettings>> part, IReadOnlyDictionary<string, string> flags, IDictionary environment, string? filePath, out List<string> problems)
    {
        problems = [];
        Dictionary<string, SettingValue> values = new(StringComparer.Ordinal);
        filePath ??= environment[FileVariable] as string;
        if (filePath is { Length: > 0 })
            SettingsFile.Read(filePath, values, problems);
        ReadEnvironment(environment, values, problems);
        TakeFlags(flags, values);
        var settings = new ServerSettings();
        foreach (Setting<ServerSettings> setting in part)
            Apply(setting, settings, values, problems);
        return settings;
    }

    private static void TakeFlags(IReadOnlyDictionary<string, string> flags, Dictionary<string, SettingValue> values)
    {
        foreach ((string name, string text) in flags)
            values[name] = new SettingValue(text, $"--{name}");
    }

    /// <summary>Everybody on the machine sees the options of a process.</summary>
    private static void CheckPassword(IReadOnlyDictionary<string, string> flags, ServerSettings settings, List<string> problems)
    {
        if (flags.ContainsKey(DatabaseSettings.Name) && settings.Database.Address is { HasPassword: true })
            problems.Add($"--{DatabaseSettings.Name}: the password is not for the command line; name a file of it with --database-password-file, or write it into the file of --config.");
    }

    private static void Apply(Setting<ServerSettings> setting, ServerSettings settings, Dictionary<string, SettingValue> values, List<string> problems)
    {
        if (values.TryGetValue(setting.Name, out SettingValue value) && setting.Apply(settings, value.Text.Trim()) is { } problem)
            problems.Add($"{value.Origin}: '{value.Text}' {problem}.");
    }

    private static string VariableOf(string name) => EnvironmentPrefix + name.Replace('-', '_').ToUpperInvariant();

    private static void ReadEnvironment(IDictionary environment, Dictionary<string, SettingValue> values, List<string> problems)
    {
        Dictionary<string, Setting<ServerSettings>> known = DeclaredSettings.All.ToDictionary(setting => VariableOf(setting.Name), StringComparer.Ordinal);
        foreach (string variable in environment.Keys.Cast<string>().Order(StringComparer.Ordinal))
        {
            if (!variable.StartsWith(EnvironmentPrefix, StringComparison.Ordinal) || variable is FileVariable or TokenVariable or NodeFileVariable ||
                variable.StartsWith(ReservedPrefix, StringComparison.Ordinal))
            {
                continue;
            }

            if (known.TryGetValue(variable, out Setting<ServerSettings>? setting))
                values[setting.Name] = new SettingValue((string)environment[variable]!, variable);
            else
                problems.Add($"{variable}: there is no such key; 'shacache serve --help' lists them.");
        }
    }
}

/// <summary>A value as it was written, and where.</summary>
/// <param name="Text">The value.</param>
/// <param name="Origin">Such as <c>--listen</c>, <c>SHACACHE_LISTEN</c>, or <c>listen in /etc/shacache.ini</c>.</param>
internal readonly record struct SettingValue(string Text, string Origin);
