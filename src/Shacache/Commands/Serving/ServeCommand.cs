using System.CommandLine;
using Shacache.Cli.Configuration;
using Shacache.Cli.Configuration.Declaration;
using Shacache.Cli.Configuration.Features;
using Shacache.Cli.Configuration.Values;
using Shacache.Cli.Errors;
using Shacache.Cli.Output;
using Shacache.Cli.Serving;
using Shacache.Cli.Serving.Storage;
using Shacache.Cli.Serving.Systemd;

namespace Shacache.Cli.Commands.Serving;

/// <summary><c>shacache serve</c>: runs the server until it is told to stop.</summary>
internal static class ServeCommand
{
    public const string Name = "serve";

    public static Command Create()
    {
        var command = new Command(
            Name,
            "Run the server. Every option may also stand in a file as 'key = value' (--config), or in the environment as SHACACHE_KEY; " +
            "options win over the environment, and that over the file.");
        var config = new Option<string?>("--config") { Description = "File with settings, one 'key = value' a line.", HelpName = "path" };
        command.Add(config);
        var defaults = new ServerSettings();
        List<SettingFlag> flags = [.. DeclaredSettings.All.Select(setting => SettingFlag.Of(setting, defaults))];
        foreach (SettingFlag flag in flags)
            command.Add(flag.Option);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            Dictionary<string, string> given = new(StringComparer.Ordinal);
            foreach (SettingFlag flag in flags)
            {
                if (flag.FindText(parsed) is { } text)
                    given[flag.Name] = text;
            }

            IReadOnlyList<PassedSocket> passed = PassedSockets.Find(Environment.GetEnvironmentVariable, out string? useless);
            ServerSettings settings = SettingsReader.Read(
                given, Environment.GetEnvironmentVariables(), parsed.GetValue(config), out IReadOnlyList<string> problems, passed);
            if (useless is not null)
                problems = [useless, .. problems];
            if (problems.Count > 0)
                return Refuse(problems);
            await RunAsync(settings, cancellationToken);
            return ExitCode.Done;
        });
        return command;
    }

    private static int Refuse(IReadOnlyList<string> problems)
    {
        foreach (string problem in problems)
            Console.Error.WriteLine($"shacache: {ErrorReport.OneLine(problem)}");
        return ExitCode.Configuration;
    }

    private static async Task RunAsync(ServerSettings settings, CancellationToken cancellationToken)
    {
        Console.SetError(new PrintableWriter(Console.Error));
        using DataFolderLock folder = DataFolderLock.Acquire(settings.Host.DataFolder);
        using var trust = TrustFiles.Load(settings);
        var options = new EmbeddedStorageOptions(settings.Host.DataFolder)
        {
            IsServing = true,
            Content = settings.ContentStore.Options,
            Database = settings.Database.Options,
            MemoryCacheBytes = settings.Content.MemoryCacheBytes,
            LocalCacheBytes = settings.Room.LocalCacheBytes,
            Budget = settings.Room.Options,
            Retention = settings.Retention.Options,
            Scrub = settings.Repair.Options,
        };
        await using EmbeddedStorage storage = await EmbeddedStorage.OpenAsync(options, TimeProvider.System, cancellationToken);
        await CacheHost.RunAsync(settings, storage, cancellationToken);
    }
}
