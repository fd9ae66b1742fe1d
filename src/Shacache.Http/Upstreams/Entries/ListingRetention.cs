using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Shacache.Core.Clocks;
using Shacache.Core.Leases;
using Shacache.Core.Upstreams;
using Shacache.Http.Logging;

namespace Shacache.Http.Upstreams.Entries;

/// <summary>Forgets what upstreams list under keys that are not asked for any more. Looks every hour, and acts while the clock goes evenly (<see cref="SteadyClock"/>).</summary>
internal sealed class ListingRetention(ILeases leases, IUpstreamListings listings, ProximityOptions options, TimeProvider time, ILogger<ListingRetention> logger) : BackgroundService
{
    /// <summary>In one transaction, so that entries need not wait long for their turn.</summary>
    private const int BatchCount = 64;

    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    private readonly SteadyClock _clock = new(time);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await ForgetAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    private async Task ForgetAsync(CancellationToken cancellationToken)
    {
        if (!_clock.TryGetUtcNow(out DateTimeOffset now))
            return;
        DateTimeOffset before = now - options.DirectoryKeep;
        int forgotten = 0;
        try
        {
            // One node does it for all.
            await using ILease? lease = await leases.TryTakeAsync("job/listings", cancellationToken);
            if (lease is null)
                return;
            int count;
            do
            {
                count = await listings.RemoveUnusedAsync(before, BatchCount, cancellationToken);
                forgotten += count;
            }
            while (count == BatchCount && !lease.Lost.IsCancellationRequested);
        }
        catch (Exception e) when (e is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            // The next hour tries again.
            Log.ListingsNotForgotten(logger, e);
        }

        if (forgotten > 0)
            Log.ListingsForgotten(logger, forgotten, before);
    }
}
