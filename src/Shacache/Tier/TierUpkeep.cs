using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Shacache.Cli.Tier;

/// <summary>Keeps the local tier of this node within its limit. Each node does so for its own.</summary>
internal sealed class TierUpkeep(NodeTier tier, ILogger<TierUpkeep> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Not in the way of the start.
        await Task.Yield();
        if (tier.Problem is { } problem)
            TierLog.NoTier(logger, problem);
        if (tier.Storage is not { } storage)
            return;
        storage.OnDamage = (digest, reason) => TierLog.CopyDamaged(logger, digest, reason);
        try
        {
            await storage.Local.RunAsync(failure => TierLog.UpkeepFailed(logger, failure.Message), stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops.
        }
    }
}
