using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Shacache.Blobs.S3;

namespace Shacache.Cli.Serving.Storage;

/// <summary>Tells the operator when the object store of content is away, or refuses what it is asked for, and when it is back.</summary>
internal sealed class ContentWatch(S3BlobStore store, TimeProvider time, ILogger<ContentWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Not in the way of the start.
        await Task.Yield();
        string? told = null;
        try
        {
            while (true)
            {
                string? problem = await store.FindProblemAsync(stoppingToken);
                if (problem is not null && told is null)
                    StorageLog.ContentAway(logger, problem);
                else if (problem is null && told is not null)
                    StorageLog.ContentBack(logger);
                told = problem;
                await Task.Delay(Interval, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server stops.
        }
    }
}

/// <summary>Adds the watch where there is something to watch.</summary>
internal static class ContentWatchServices
{
    public static IServiceCollection AddSharedContent(this IServiceCollection services, EmbeddedStorage storage) =>
        storage.SharedContent is { } store ? services.AddSingleton(store).AddHostedService<ContentWatch>() : services;
}
