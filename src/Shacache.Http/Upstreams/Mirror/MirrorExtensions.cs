using Microsoft.Extensions.DependencyInjection;
using Shacache.Core.Blobs.Repair;
using Shacache.Http.Access;
using Shacache.Http.Content;
using Shacache.Http.Entries;
using Shacache.Http.Pages.Overview;
using Shacache.Http.Upstreams.Content;
using Shacache.Http.Upstreams.Entries;
using Shacache.Http.Upstreams.Forwarding;

namespace Shacache.Http.Upstreams.Mirror;

/// <summary>Adds what is filled from upstreams, sent to them, and mirrored. To come before content and directory, which ask what is added here.</summary>
internal static class MirrorExtensions
{
    public static void AddUpstreams(this IServiceCollection services, ProximityOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton<ListingRefresh>();
        services.AddSingleton<RefreshOperation>();
        services.AddOperation<RefreshOperation>("POST", "update", refresh => refresh.HandleAsync);
        services.AddForwarding(options);
        if (options.Upstreams.Count == 0)
            services.AddWithoutUpstreams();
        else
            services.AddWithUpstreams();
    }

    private static void AddWithUpstreams(this IServiceCollection services)
    {
        services.AddSingleton<RequestPath>();
        services.AddSingleton<UpstreamMetrics>();
        services.AddSingleton<UpstreamSet>();
        services.AddSingleton<IOverviewPart, UpstreamPart>();
        services.AddSingleton<ContentTransfers>();
        services.AddSingleton<IMissSource, ProximityContent>();
        services.AddSingleton<UpstreamDirectory>();
        services.AddSingleton<ListingFetches>();
        services.AddSingleton<IRelayedListings, ProximityListings>();
        services.AddHostedService<ListingRetention>();
        services.AddSingleton<IRelayedKeys, UpstreamKeys>();
        services.AddSingleton<IKeyRefresh, UpstreamKeyRefresh>();
        services.AddSingleton<KeyPull>();
        services.AddSingleton<ObjectPull>();
        services.AddSingleton<IBlobReplacement, PulledReplacement>();
        services.AddSingleton<PullOperations>();
        services.AddOperation<PullOperations>("POST", "pull/key", pull => pull.PullKeyAsync);
        services.AddOperation<PullOperations>("POST", "pull/object", pull => pull.PullObjectAsync);
    }

    /// <summary>A server that was filled and is carried to where there are no upstreams still lists what they listed.</summary>
    private static void AddWithoutUpstreams(this IServiceCollection services)
    {
        services.AddSingleton<IRelayedListings, CarriedListings>();
        services.AddSingleton<IKeyRefresh, CarriedKeyRefresh>();
        services.AddSingleton<OwnEntryRefresh>();
        services.AddOperationOff("POST", "pull/key", EntryProblems.NoUpstream);
        services.AddOperationOff("POST", "pull/object", EntryProblems.NoUpstream);
    }
}
