using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Shacache.Core.Blobs.Repair;
using Shacache.Core.Leases;

namespace Shacache.Cli.Serving.Storage;

/// <summary>Compares in the background what is stored with its digests, and brings back what is damaged, from upstreams when there are any.</summary>
internal sealed class StorageScrub(EmbeddedStorage storage, IEnumerable<IBlobReplacement> sources, TimeProvider time, ILogger<StorageScrub> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        storage.Healing.Source = sources.FirstOrDefault();
        storage.Healing.OnFailure = (digest, problem) => StorageLog.ObjectLost(logger, digest, problem);

        // Not in the way of the start.
        await Task.Yield();
        try
        {
            // That the database is away its watch says.
            await LeasedWork.RunAsync(storage.Database.Leases, "job/scrub", RunAsync, static _ => { }, time, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops.
        }
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAll(
            EndBothAsync(storage.Scrub.RunAsync(failure => StorageLog.ScrubFailed(logger, failure.Message), end.Token), end),
            EndBothAsync(storage.Healing.RunAsync(failure => StorageLog.HealingFailed(logger, failure.Message), end.Token), end));
    }

    /// <summary>What fails unexpectedly is to end the service, and not to leave half of it.</summary>
    private static async Task EndBothAsync(Task running, CancellationTokenSource end)
    {
        try
        {
            await running;
        }
        catch
        {
            await end.CancelAsync();
            throw;
        }
    }
}
