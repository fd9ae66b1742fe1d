using Microsoft.Extensions.Hosting;

namespace Shacache.Transport;

/// <summary>Gives memory back to the system when a rush is over.</summary>
/// <remarks>.NET looks for memory that is free no more when nothing is allocated any more, so that a server would hold what its busiest moment took until the next one.</remarks>
internal sealed class IdleMemory(ConnectionLimit connections, TimeProvider time) : BackgroundService
{
    private const long RushBytes = 64L << 20;
    private const long IdleBytes = 1L << 20;
    private const int RushConnections = 32;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        long before = GC.GetTotalAllocatedBytes();
        long collected = before;
        int most = 0;
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            long now = GC.GetTotalAllocatedBytes();
            int count = connections.Connections + connections.Streams;
            most = Math.Max(most, count);
            bool isIdle = now - before < IdleBytes;
            if (isIdle && (now - collected >= RushBytes || most - count >= RushConnections))
            {
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
                now = collected = GC.GetTotalAllocatedBytes();
                most = count;
            }

            before = now;
        }
    }
}
