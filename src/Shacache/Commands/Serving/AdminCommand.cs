using System.CommandLine;
using System.Diagnostics;
using Shacache.Cli.Commands.Administration;
using Shacache.Cli.Commands.Mirrors;
using Shacache.Cli.Commands.Options;
using Shacache.Cli.Configuration.Features;
using Shacache.Cli.Errors;
using Shacache.Cli.Output;
using Shacache.Cli.Serving;
using Shacache.Cli.Serving.Storage;
using Shacache.Core.Blobs;

namespace Shacache.Cli.Commands.Serving;

/// <summary><c>shacache admin</c>: maintenance of a data folder.</summary>
internal static class AdminCommand
{
    public static Command Create() => new("admin", "Operate the stores of a server.")
    {
        CreateReindex(),
        new AdminForgetCommand(),
        new AdminRemoveCommand(),
        new AdminBlockCommand(),
        new AdminUnblockCommand(),
        new AdminBlockedCommand(),
        new AdminPinCommand(),
        new AdminUnpinCommand(),
        new AdminPinsCommand(),
        new AdminGcCommand(),
        new AdminScrubCommand(),
        new AdminCheckCommand(),
        new AdminBackupCommand(),
        new AdminRestoreCommand(),
        new AdminMigrateCommand(),
        new AdminStatusCommand(),
        new AdminSavingsCommand(),
        new AdminTopCommand(),
    };

    private static Command CreateReindex()
    {
        var data = new Option<string>("--data")
        {
            Description = "The data folder of the server.",
            HelpName = "path",
            DefaultValueFactory = _ => "data",
        };
        var verify = new Option<bool>("--verify")
        {
            Description = "Compare every object with its digest, not only those that the index lacks or knows with another length.",
        };
        var withoutDatabase = new Option<bool>("--without-database")
        {
            Description = "Begin with an empty database when there is none: entries and accounts are lost then.",
        };
        var stores = new StoreOptions("The configuration file of the server, when its content or its database is not in the data folder.");
        var reindex = new Command(
            "reindex",
            "Rebuild the index of sizes and times from what is stored. The server must be stopped, unless content and database are both elsewhere.") { data, stores.Configuration, verify, withoutDatabase };
        stores.AddSettings(reindex, areHidden: true);
        reindex.SetAction(async (parsed, cancellationToken) =>
        {
            ServerSettings settings = stores.Read(parsed, data);
            if (settings is { ContentStore.Options: null, Database.Options: null })
                EnsureDataFolder(settings.Host.DataFolder, parsed.GetValue(withoutDatabase));

            // What is elsewhere has other nodes in any case, so that no lock would keep them away; and needs no folder.
            using OwnFolder? own = settings is { ContentStore.Options: not null, Database.Options: not null } ? new OwnFolder() : null;
            using DataFolderLock? held = own is null ? DataFolderLock.Acquire(settings.Host.DataFolder) : null;
            var options = new EmbeddedStorageOptions(own?.Path ?? settings.Host.DataFolder) { Content = settings.ContentStore.Options, Database = settings.Database.Options };
            InvocationConfiguration streams = parsed.InvocationConfiguration;
            return await ReindexAsync(options, parsed.GetValue(verify), streams.Output, streams.Error, cancellationToken);
        });
        return reindex;
    }

    /// <summary>Nothing is made in a folder that is something else, and no empty database in the place of one that has another name.</summary>
    private static void EnsureDataFolder(string folder, bool withoutDatabase)
    {
        if (!Directory.Exists(folder))
            throw new CommandFailedException(ExitCode.Error, $"there is no data folder {folder}; name it with --data.");
        if (File.Exists(EmbeddedStorage.DatabasePath(folder)))
            return;
        if (!Directory.Exists(Path.Combine(folder, "blobs")))
            throw new CommandFailedException(ExitCode.Error, $"{folder} is no data folder: it holds neither blobs/ nor {EmbeddedStorage.DatabaseName}. Nothing was changed; name the right one with --data.");
        if (withoutDatabase)
            return;
        string[] others = [.. Directory.EnumerateFiles(folder, "*.sqlite").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
        string advice = others.Length > 0 ? $"If {string.Join(" or ", others)} is a copy of it, give it that name" : "Put the copy of it there under that name";
        throw new CommandFailedException(
            ExitCode.Error,
            $"{folder} has no database {EmbeddedStorage.DatabaseName}, hence neither entries nor accounts. {advice}; or begin with an empty one (--without-database). Nothing was changed.");
    }

    private static async Task<int> ReindexAsync(EmbeddedStorageOptions options, bool verifiesAll, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        await using EmbeddedStorage storage = await EmbeddedStorage.OpenAsync(options, TimeProvider.System, cancellationToken);
        int damaged = 0;
        storage.OnDamage = damage =>
        {
            Interlocked.Increment(ref damaged);
            error.WriteLine($"shacache: object {damage.Digest} is damaged and not indexed: {damage.Reason}. {(damage.MovedTo is { } path ? $"Its file is now {path}" : "Its file cannot be moved away")}.");
        };
        BlobTotals totals = await storage.RebuildIndexAsync(verifiesAll, cancellationToken);
        await output.WriteLineAsync(
            $"{Counted.Of(totals.Count, "object")} of {Counted.Of(totals.LengthBytes, "byte")}: indexed ({Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s).");
        return damaged == 0 ? ExitCode.Done : ExitCode.Error;
    }
}
