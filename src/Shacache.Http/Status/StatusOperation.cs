using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Shacache.Core;
using Shacache.Core.Blobs;
using Shacache.Core.Blobs.Repair;
using Shacache.Core.Entries;
using Shacache.Core.Savings;
using Shacache.Core.Stores;
using Shacache.Http.Access;
using Shacache.Http.Answers;
using Shacache.Http.Metrics;
using Shacache.Http.Pages;
using Shacache.Http.Upstreams;

namespace Shacache.Http.Status;

/// <summary>Tells the operator how the server is doing (<c>shacache admin status</c>).</summary>
internal sealed class StatusOperation(
    HealthCheck health, StateReader state, StateMetrics metrics, CertificateDates certificates, ServerRun run, TimeProvider time, IDatabase database, UpstreamSet? upstreams = null)
{
    private const int SavedDays = 30;

    /// <summary>Answers a request.</summary>
    public async ValueTask SendAsync(HttpContext context)
    {
        CancellationToken cancellationToken = context.RequestAborted;
        string? problem = await health.FindProblemAsync(cancellationToken);
        await state.RefreshAsync(cancellationToken);
        await JsonAnswer.WriteAsync(context, StatusCodes.Status200OK, await AddFromDatabaseAsync(Describe(problem), cancellationToken), StatusDocuments.Default.StatusDocument);
    }

    private StatusDocument Describe(string? problem)
    {
        StoreFigures? stores = state.Stores;
        return new StatusDocument(
            problem,
            ServerVersion.Text,
            run.IsServing,
            run.StartedAt,
            (long)(time.GetUtcNow() - run.StartedAt).TotalSeconds,
            stores is null ? null : DescribeStore(stores),
            stores is null ? null : new EvictedStatus(stores.Eviction.RemovedCount, stores.Eviction.RemovedBytes, (long?)stores.Eviction.LastAge?.TotalSeconds),
            stores?.Disk is { } disk ? new DiskStatus(disk.FreeBytes, disk.TotalBytes) : null,
            stores is null ? null : new DatabaseStatus(stores.Database.LengthBytes, stores.Database.LogBytes),
            [.. metrics.FindQueues().Select(queue => new QueueStatus(queue.Name, queue.Length))],
            [.. (upstreams?.All ?? []).Select(upstream => new UpstreamStatus(upstream.Name, NameOf(upstream.State)))],
            new ForwardStatus(state.Forwards.Waiting, state.Forwards.Refused),
            [.. certificates.Find().Select(certificate => new CertificateStatus(certificate.Name, certificate.EndsAt))]);
    }

    /// <summary>Adds what only the database knows. Without an answer of it the rest is told all the same.</summary>
    private async Task<StatusDocument> AddFromDatabaseAsync(StatusDocument document, CancellationToken cancellationToken)
    {
        try
        {
            DamageTotals damage = await database.Repairs.CountAsync(cancellationToken);
            ScrubPass? pass = await database.Repairs.FindPassAsync(cancellationToken);
            DateOnly since = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime).AddDays(1 - SavedDays);
            IReadOnlyList<Saving> saved = await database.Savings.ReadAsync(SavingsBy.Cache, since, cancellationToken);
            return document with
            {
                Scrub = new ScrubStatus(pass?.BeganAt, pass?.EndedAt, damage.Open, damage.Healed),
                Saved = new SavedStatus(
                    saved.Sum(saving => saving.Bytes), (long)saved.Sum(saving => saving.BuildTime.TotalSeconds), (long)saved.Sum(saving => saving.DownloadTime.TotalSeconds)),
            };
        }
        catch (Exception e) when (e is BlobStoreException or EntryStoreException)
        {
            return document;
        }
    }

    private static StoreStatus DescribeStore(StoreFigures stores) => new(
        stores.Stored.Count,
        stores.Stored.LengthBytes,
        stores.LimitBytes,
        stores.Eviction.ProtectedBytes,
        stores.Exhaustion switch
        {
            Exhaustion.OfLimit => "limit",
            Exhaustion.OfDisk => "disk",
            _ => null,
        });

    private static string NameOf(UpstreamState state) => state switch
    {
        UpstreamState.Up => "up",
        UpstreamState.Failing => "failing",
        _ => "left-alone",
    };
}

/// <summary>A run of the server.</summary>
/// <param name="StartedAt">When it began.</param>
/// <param name="IsServing">False when it only answers a command about its data folder.</param>
internal sealed record ServerRun(DateTimeOffset StartedAt, bool IsServing);

/// <summary>Adds the status of the server.</summary>
internal static class StatusExtensions
{
    /// <param name="services">The application's services.</param>
    /// <param name="isServing">False when it only answers a command about its data folder.</param>
    public static void AddStatus(this IServiceCollection services, bool isServing)
    {
        services.AddSingleton(provider => new ServerRun(provider.GetRequiredService<TimeProvider>().GetUtcNow(), isServing));
        services.AddSingleton(provider => new StatusOperation(
            provider.GetRequiredService<HealthCheck>(), provider.GetRequiredService<StateReader>(), provider.GetRequiredService<StateMetrics>(),
            provider.GetRequiredService<CertificateDates>(), provider.GetRequiredService<ServerRun>(), provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<IDatabase>(), provider.GetService<UpstreamSet>()));
        services.AddStoreOperation<StatusOperation>("GET", "status", status => status.SendAsync);
    }
}
