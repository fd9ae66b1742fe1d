using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Shacache.Core.Blobs;
using Shacache.Core.Clocks;
using Shacache.Core.Entries;
using Shacache.Core.Retention;

namespace Shacache.Cli.Serving.Storage;

/// <summary>Removes once a day what is of no use any more, while the clock can be believed.</summary>
internal sealed class DailyCleanUp(EmbeddedStorage storage, TimeProvider time, ILogger<DailyCleanUp> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromDays(1);
    private static readonly TimeSpan LookInterval = TimeSpan.FromMinutes(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var clock = new SteadyClock(time);
        long? lastRun = null;
        using var look = new PeriodicTimer(LookInterval, time);
        try
        {
            while (await look.WaitForNextTickAsync(stoppingToken))
            {
                if ((lastRun is { } last && time.GetElapsedTime(last) < Interval) || !clock.TryGetUtcNow(out DateTimeOffset now))
                    continue;
                lastRun = time.GetTimestamp();
                await RunAsync(now, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops.
        }
    }

    private async Task RunAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        try
        {
            IReadOnlyList<CleanedUp> done = await storage.CleanUp.RunAsync(now, isDryRun: false, cancellationToken);
            string removed = string.Join(", ", done.Where(one => one.Count > 0).Select(one => $"{one.Count} {one.Kind}"));
            if (removed.Length > 0)
                StorageLog.CleanedUp(logger, removed);
        }
        catch (Exception e) when (e is BlobStoreException or EntryStoreException)
        {
            StorageLog.CleanUpFailed(logger, e.Message);
        }
    }
}
