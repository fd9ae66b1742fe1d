using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Shacache.Core;
using Shacache.Core.Blobs;
using Shacache.Http.AccessLogs;
using Shacache.Http.Accounts;
using Shacache.Http.Connections;
using Shacache.Http.Content;
using Shacache.Http.Errors;
using Shacache.Http.Forwarding;
using Shacache.Http.Gateway;
using Shacache.Http.Health;
using Shacache.Http.Listings;
using Shacache.Http.Mirroring;
using Shacache.Http.Pages;
using Shacache.Http.Policy;
using Shacache.Http.Proximity;
using Shacache.Http.Proximity.Entries;
using Shacache.Http.Surfaces;
using Shacache.Http.Upstreams;
using Shacache.Transport;

namespace Shacache.Http;

/// <summary>Puts the cache into an ASP.NET Core application.</summary>
public static class CacheServerExtensions
{
    /// <summary>Adds the surfaces over their storage.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="blobs">The content; the caller disposes of it.</param>
    /// <param name="database">All but the content; the caller disposes of it.</param>
    /// <param name="options">Where the surfaces live, and their limits.</param>
    /// <param name="accessLogPath">A file, <c>-</c> for the standard output, null for no access log.</param>
    public static IServiceCollection AddShacache(
        this IServiceCollection services, IBlobStore blobs, IDatabase database, CacheServerOptions options, string? accessLogPath = null)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(blobs);
        services.AddSingleton(database);
        services.AddSingleton(database.Entries);
        services.AddSingleton(database.Accounts);
        services.AddSingleton(database.AuditLog);
        services.AddSingleton(database.UpstreamListings);
        services.AddSingleton(database.Forwards);
        services.AddSingleton(options);
        services.AddSingleton<DiagnosticSource, ProtocolErrors>();
        services.AddSingleton<StreamLimits>();
        services.AddSingleton<SurfaceRouter>();
        services.AddSingleton<WebPageGuard>();
        services.AddSingleton<BlobIngester>();
        services.TryAddSingleton<IUploadGate, OpenGate>();
        services.AddSingleton<BlobSurface>();
        services.AddSingleton<EntryPolicy>();
        services.AddSingleton<EntrySurface>();
        services.AddSingleton(options.Gateway);
        services.AddSingleton<OriginPolicy>();
        services.AddSingleton(new OriginConnector(options.Gateway));
        services.AddSingleton<OriginClient>();
        services.AddSingleton<GatewayIndex>();
        services.AddSingleton<OriginTransfers>();
        services.AddSingleton<PartPassage>();
        services.AddSingleton<ForgetSurface>();
        services.AddSingleton<GatewaySurface>();
        if (options.Proximity.Upstreams.Count > 0)
            services.AddProximity(options.Proximity);
        else
            services.AddSingleton<IRelayedListings, CarriedListings>();
        services.AddSingleton<ListingRefresh>();
        services.AddSingleton<ForwardReport>();
        services.AddSingleton<MirrorPermission>();
        services.AddSingleton<KeyPermission>();
        services.AddSingleton<LocalKeys>();
        services.AddSingleton<KeySurface>();
        services.AddSingleton<PullSurface>();
        services.AddSingleton<MirrorSurface>();
        services.AddSingleton<HealthCheck>();
        services.AddSingleton<HomePage>();
        services.AddSingleton<PageSurface>();
        services.AddSingleton<CacheServer>();
        if (accessLogPath is not null)
        {
            services.AddSingleton(provider => new AccessLog(accessLogPath, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<AccessLog>>()));
            services.AddHostedService(provider => provider.GetRequiredService<AccessLog>());
            services.AddSingleton<AccessLogMiddleware>();
        }

        return services;
    }

    private static void AddProximity(this IServiceCollection services, ProximityOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<RequestPath>();
        services.AddSingleton<UpstreamMetrics>();
        services.AddSingleton<UpstreamSet>();
        services.AddSingleton<ContentTransfers>();
        services.AddSingleton<ProximityContent>();
        services.AddSingleton<UpstreamDirectory>();
        services.AddSingleton<ListingFetches>();
        services.AddSingleton<UpstreamKeys>();
        services.AddSingleton<KeyPull>();
        services.AddSingleton<ObjectPull>();
        services.AddSingleton<IRelayedListings, ProximityListings>();
        services.AddHostedService<ListingRetention>();
        if (!options.Upstreams.Any(upstream => upstream.IsForwardedTo))
            return;
        services.AddSingleton<UploadForwarder>();
        services.AddSingleton<ForwardMetrics>();
        services.AddHostedService<ForwardSender>();
    }

    /// <summary>Ends the pipeline with the surfaces: every request that comes this far is answered by them.</summary>
    public static void RunShacache(this IApplicationBuilder application)
    {
        CacheServer server = application.ApplicationServices.GetRequiredService<CacheServer>();
        StreamLimits streams = application.ApplicationServices.GetRequiredService<StreamLimits>();
        RequestDelegate answer = application.ApplicationServices.GetService<AccessLogMiddleware>() is { } logged ? logged.HandleAsync : context =>
        {
            ValueTask<long> handling = server.HandleAsync(context);
            return handling.IsCompletedSuccessfully ? Task.CompletedTask : handling.AsTask();
        };
        application.Run(context =>
        {
            if (HttpProtocol.IsHttp2(context.Request.Protocol))
                return streams.HandleAsync(context, answer);

            // The web server takes a step that waits longer than the period of grace for too slow, however many bytes it has.
            if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate && context.Features.Get<IClientConnection>() is not null)
                rate.MinDataRate = null;
            return answer(context);
        });
    }
}
