using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Database.PostgreSql.Retention;

namespace Shacache.Cli.Serving.Storage;

/// <summary>Learns what other nodes on the same database take away, and what is blocked as soon as the database is there.</summary>
internal sealed class DatabaseWatch(EmbeddedStorage storage, ILogger<DatabaseWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Not in the way of the start.
        await Task.Yield();
        bool isTold = false;
        try
        {
            while (true)
            {
                try
                {
                    await storage.SharedDatabase!.WatchAsync(
                        async withdrawn =>
                        {
                            await LearnAsync(withdrawn, stoppingToken);
                            if (isTold)
                                StorageLog.DatabaseBack(logger);
                            isTold = false;
                        },
                        stoppingToken);
                }
                catch (Exception e) when (e is BlobStoreException or EntryStoreException)
                {
                    // Once until it is back: it is tried every second.
                    if (!isTold)
                        StorageLog.DatabaseAway(logger, e.Message);
                    isTold = true;
                }

                await Task.Delay(Pause, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops.
        }
    }

    private async Task LearnAsync(Withdrawn withdrawn, CancellationToken cancellationToken)
    {
        // What is blocked first: what is forgotten must not come back meanwhile.
        if (withdrawn.RulesChanged || withdrawn.IsEverything || !storage.IsLoaded)
            await storage.LoadAsync(cancellationToken);
        await storage.ForgetAsync(withdrawn, cancellationToken);
    }
}

/// <summary>Adds the watch where there is something to watch.</summary>
internal static class DatabaseWatchServices
{
    public static IServiceCollection AddSharedDatabase(this IServiceCollection services, EmbeddedStorage storage) =>
        storage.SharedDatabase is null ? services : services.AddHostedService<DatabaseWatch>();
}
