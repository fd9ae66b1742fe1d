using System.CommandLine;
using System.Diagnostics;
using Shacache.Cli.Commands.Mirrors;
using Shacache.Cli.Serving;
using Shacache.Core.Blobs;

namespace Shacache.Cli.Commands;

/// <summary><c>shacache admin</c>: maintenance of a data folder.</summary>
internal static class AdminCommand
{
    public static Command Create() => new("admin", "Maintain a data folder.") { CreateReindex(), new AdminForgetCommand() };

    private static Command CreateReindex()
    {
        var data = new Option<string>("--data")
        {
            Description = "The data folder of the server.",
            HelpName = "path",
            DefaultValueFactory = _ => "data",
        };
        var reindex = new Command("reindex", "Rebuild the index of sizes and times from the stored files. The server must be stopped.") { data };
        reindex.SetAction(async (parsed, cancellationToken) =>
        {
            string folder = Path.GetFullPath(parsed.GetRequiredValue(data));
            if (!Directory.Exists(folder))
                throw new CommandFailedException(ExitCode.Error, $"there is no data folder {folder}; name it with --data.");
            await ReindexAsync(folder, parsed.InvocationConfiguration.Output, cancellationToken);
            return ExitCode.Done;
        });
        return reindex;
    }

    private static async Task ReindexAsync(string folder, TextWriter output, CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        using DataFolderLock held = DataFolderLock.Acquire(folder);
        await using EmbeddedStorage storage = await EmbeddedStorage.OpenAsync(folder, memoryCacheBytes: 0, TimeProvider.System, cancellationToken);
        BlobTotals totals = await storage.RebuildIndexAsync(cancellationToken);
        await output.WriteLineAsync(
            $"{totals.Count} objects of {totals.LengthBytes} bytes are indexed ({Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} s).");
    }
}
