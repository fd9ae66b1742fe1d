using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Shacache.Core.Blobs;
using Shacache.Core.Leases;

namespace Shacache.Cli.Serving.Storage;

/// <summary>Works on the stores in the background while the server runs: makes the index right after a crash, and room when it is needed.</summary>
internal sealed class StorageUpkeep(EmbeddedStorage storage, TimeProvider time, ILogger<StorageUpkeep> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Not in the way of the start.
        await Task.Yield();
        storage.Eviction.OnOutcome = Tell;
        try
        {
            // What is shared is one node's to keep within its limits. That the database is away its watch says.
            Task working = LeasedWork.RunAsync(storage.Database.Leases, "job/room", RunAsync, static _ => { }, time, stoppingToken);
            await Task.WhenAll(working, storage.SharedDatabase is null || storage.Budget.Options.MaxBytes is null ? Task.CompletedTask : storage.Eviction.AskAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops.
        }
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        if (storage.IsIndexInDoubt)
            await RebuildIndexAsync(cancellationToken);
        await Task.WhenAll(
            OrderIndexAsync(cancellationToken), storage.Eviction.RunAsync(failure => StorageLog.RoomFailed(logger, failure.Message), cancellationToken));
    }

    private async Task OrderIndexAsync(CancellationToken cancellationToken)
    {
        for (bool isDone = false; !isDone;)
        {
            try
            {
                await storage.OrderIndexAsync(cancellationToken);
                isDone = true;
            }
            catch (BlobStoreException e)
            {
                StorageLog.RoomFailed(logger, e.Message);
                await Task.Delay(BlobEviction.Interval, cancellationToken);
            }
        }
    }

    private async Task RebuildIndexAsync(CancellationToken cancellationToken)
    {
        StorageLog.IndexInDoubt(logger);
        try
        {
            BlobTotals totals = await storage.RebuildIndexAsync(verifiesAll: false, cancellationToken);
            StorageLog.IndexRebuilt(logger, totals.Count, totals.LengthBytes);
        }
        catch (BlobStoreException e)
        {
            StorageLog.IndexNotRebuilt(logger, e.Message);
        }
    }

    private void Tell(EvictionOutcome outcome)
    {
        if (outcome.RemovedCount > 0)
            StorageLog.RoomMade(logger, outcome.RemovedCount, outcome.RemovedBytes);
        if (outcome.Exhaustion == Exhaustion.OfLimit)
            StorageLog.StoreExhausted(logger);
        else if (outcome.Exhaustion == Exhaustion.OfDisk)
            StorageLog.DiskExhausted(logger);
        else if (outcome.RemovedCount == 0)
            StorageLog.RoomAgain(logger);
    }
}
