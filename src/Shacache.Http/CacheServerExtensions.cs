using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Shacache.Core;
using Shacache.Core.Blobs;
using Shacache.Core.Retention;
using Shacache.Core.Signing;
using Shacache.Http.Access;
using Shacache.Http.AccessLogs;
using Shacache.Http.Accounts;
using Shacache.Http.Accounts.Callers;
using Shacache.Http.Answers;
using Shacache.Http.Content;
using Shacache.Http.Entries;
using Shacache.Http.Gateway;
using Shacache.Http.Metrics;
using Shacache.Http.Pages;
using Shacache.Http.Remotes;
using Shacache.Http.Remotes.Apt;
using Shacache.Http.Remotes.Administration;
using Shacache.Http.Repair;
using Shacache.Http.Routing;
using Shacache.Http.Status;
using Shacache.Http.Upstreams.Mirror;
using Shacache.Http.Worth;
using Shacache.Transport;

namespace Shacache.Http;

/// <summary>Puts the cache into an ASP.NET Core application.</summary>
public static class CacheServerExtensions
{
    /// <summary>Adds the cache over its storage.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="blobs">The content; the caller disposes of it.</param>
    /// <param name="database">All but the content; the caller disposes of it.</param>
    /// <param name="options">Where content and directory live, and their limits.</param>
    /// <param name="accessLogPath">A file, <c>-</c> for the standard output, null for no access log.</param>
    public static IServiceCollection AddShacache(
        this IServiceCollection services, IBlobStore blobs, IDatabase database, CacheServerOptions options, string? accessLogPath = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(blobs);
        services.AddSingleton(database);
        services.AddSingleton(database.Leases);
        services.AddSingleton(database.Entries);
        services.AddSingleton(database.Retention);
        services.AddSingleton(database.Repairs);
        services.TryAddSingleton<BlockList>();
        services.AddSingleton(database.Accounts);
        services.AddSingleton(database.AuditLog);
        services.AddSingleton(database.UpstreamListings);
        services.AddSingleton(database.Forwards);
        services.AddSingleton<DiagnosticSource, ProtocolErrors>();
        services.TryAddSingleton<ConnectionLimit>();
        services.AddSingleton<StreamLimits>();
        services.AddSingleton<Router>();
        services.AddSingleton<CacheServer>();
        services.AddSingleton(provider => new RequestObserver(
            provider.GetRequiredService<CacheServer>(), provider.GetRequiredService<RequestMetrics>(), provider.GetRequiredService<TimeProvider>(),
            provider.GetService<AccessLog>()));
        services.AddMetrics(options.Metrics);
        services.AddStatus(options.IsServing);
        services.AddAccess(
            [.. options.CacheHosts, .. options.DirectoryHosts, .. options.AllowedHosts],
            new ReadAccess(options.ReadAccess, static endpoint => endpoint is ContentEndpoint or EntryEndpoint));
        services.AddUpstreams(options.Proximity);
        services.AddRepair();
        var content = new ContentOptions(options.CachePaths, options.CacheHosts, options.MaxBlobBytes, options.ReadOnly);
        var entries = new EntryOptions(
            options.DirectoryPaths, options.DirectoryHosts, options.MaxEntryBytes, options.MaxListingBytes, options.ReadOnly, options.KeyListing);
        services.AddContent(content);
        options.Entries.OtherSigners = options.Gateway.TrustedKeys;
        services.AddEntries(entries, options.Entries);
        services.AddGateway(options.Gateway, isNeeded: options.Remotes.Count > 0);
        bool isProxy = options.Remotes.Count > 0 || options.Gateway.Origins.Count > 0;
        services.AddRemotes(options.Remotes, options.PublicUrl, isNeeded: isProxy);
        if (isProxy)
            services.AddApt();
        services.AddRemoteOperations(options.Remotes);
        services.AddWorth();
        services.AddSingleton<IEndpoint>(new OffEndpoint(
            AccountProblems.Off, isForWebPages: false, Mount.Under(AccountEndpoint.Path), Mount.Under(AdminEndpoint.Path))
        {
            Surface = "account",
        });
        services.AddPages(
            new PageSurfaces(content, entries, options.Gateway.Origins.Count > 0 ? GatewayEndpoint.Path : null, options.ReadAccess == ReadAudience.Accounts), options.Pages,
            [options.Entries.ProtectedSigners, options.Entries.RequiredSigners ?? TrustedKeys.None, options.Gateway.TrustedKeys]);
        if (accessLogPath is not null)
        {
            services.AddSingleton(provider => new AccessLog(accessLogPath, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<AccessLog>>()));
            services.AddHostedService(provider => provider.GetRequiredService<AccessLog>());
        }

        return services;
    }

    /// <summary>Ends the pipeline with the cache: every request that comes this far is answered by it.</summary>
    public static void RunShacache(this IApplicationBuilder application)
    {
        ArgumentNullException.ThrowIfNull(application);
        RequestObserver observer = application.ApplicationServices.GetRequiredService<RequestObserver>();
        StreamLimits streams = application.ApplicationServices.GetRequiredService<StreamLimits>();
        RequestDelegate answerStream = context => observer.HandleAsync(context, connection: null);
        application.Run(context =>
        {
            if (HttpProtocol.IsHttp2(context.Request.Protocol))
                return streams.HandleAsync(context, answerStream);

            // The web server takes a step that waits longer than the period of grace for too slow, however many bytes it has.
            IClientConnection? connection = context.Features.Get<IClientConnection>();
            if (connection is not null && context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
                rate.MinDataRate = null;
            return observer.HandleAsync(context, connection);
        });
    }
}
