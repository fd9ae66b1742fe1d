using System.CommandLine;
using Shacache.Cli.Configuration;
using Shacache.Cli.Configuration.Declaration;
using Shacache.Cli.Configuration.Features;
using Shacache.Cli.Errors;

namespace Shacache.Cli.Commands.Options;

/// <summary>The options that say where a server keeps everything, for a command that works on its stores: its configuration file, or the settings themselves.</summary>
/// <param name="description">What <c>--config</c> says.</param>
internal sealed class StoreOptions(string description)
{
    /// <summary>What help says of settings that it does not list.</summary>
    public const string Note =
        "While no server runs here, --config says where content, database and the authority of accounts are when they are not in --data. " +
        "Content and database may also be named by their settings, --content, --database and those that belong to them.";

    // What is only for those who serve.
    private static readonly string[] Left = ["s3-redirect", "s3-public-endpoint"];

    private readonly List<SettingFlag> _flags = [];

    /// <summary><c>--config</c>.</summary>
    public TextOption Configuration { get; } = new("--config", "FILE", description);

    /// <summary>Adds the settings of content and database to a command, but those whose name it has for something else.</summary>
    /// <param name="command">The command, which has its own options already.</param>
    /// <param name="areHidden">Whether its help has <see cref="Note"/> in their place.</param>
    public void AddSettings(Command command, bool areHidden)
    {
        var defaults = new ServerSettings();
        foreach (Setting<ServerSettings> setting in ContentStoreSettings.Table.Concat(DatabaseSettings.Table))
        {
            if (Left.Contains(setting.Name) || command.Options.Any(option => option.Name == $"--{setting.Name}"))
                continue;
            var flag = SettingFlag.Of(setting, defaults);
            flag.Option.Hidden = areHidden;
            command.Add(flag.Option);
            _flags.Add(flag);
        }
    }

    /// <summary>The name of one of these options that was given; null when none was.</summary>
    public string? FindGiven(ParseResult arguments) =>
        arguments.GetValue(Configuration) is not null ? Configuration.Name : _flags.Find(flag => flag.FindText(arguments) is not null)?.Option.Name;

    /// <summary>The data folder of the server: <c>--data</c>, or the one of the file.</summary>
    /// <exception cref="CommandFailedException">The file cannot be read, or something is wrong in it.</exception>
    public string FindDataFolder(ParseResult arguments, Option<string> data)
    {
        if (arguments.GetResult(data) is { Implicit: false } || arguments.GetValue(Configuration) is not { } file)
            return arguments.GetRequiredValue(data);
        HostSettings host = SettingsReader.ReadHost(new Dictionary<string, string>(), file, out string? problem);
        return problem is null ? host.Data : throw new CommandFailedException(ExitCode.Configuration, problem);
    }

    /// <summary>Where everything is, and for how long it is kept.</summary>
    /// <param name="arguments">What was given.</param>
    /// <param name="data"><c>--data</c>, which wins over the file; null for the one of the file.</param>
    /// <exception cref="CommandFailedException">Something is wrong with it.</exception>
    public ServerSettings Read(ParseResult arguments, Option<string>? data)
    {
        Dictionary<string, string> given = new(StringComparer.Ordinal);
        foreach (SettingFlag flag in _flags)
        {
            if (flag.FindText(arguments) is { } text)
                given[flag.Name] = text;
        }

        if (data is not null && (arguments.GetResult(data) is { Implicit: false } || arguments.GetValue(Configuration) is null))
            given[data.Name.TrimStart('-')] = arguments.GetRequiredValue(data);
        ServerSettings settings = SettingsReader.ReadStores(given, arguments.GetValue(Configuration), out string? problem);
        return problem is null ? settings : throw new CommandFailedException(ExitCode.Configuration, problem);
    }
}
