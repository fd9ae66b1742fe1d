using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shacache.Core.Accounts;
using Shacache.Core.Stores;
using Shacache.Core.Upstreams;
using Shacache.Http.Access;
using Shacache.Http.AccessLogs;
using Shacache.Http.Accounts.Callers;
using Shacache.Http.Answers;
using Shacache.Http.Routing;
using Shacache.Http.Tls;
using Shacache.Transport;

namespace Shacache.Http.Metrics;

/// <summary>Adds what is counted and measured.</summary>
public static class MetricsExtensions
{
    /// <summary>Has metrics and traces sent to a collector, when the environment names one.</summary>
    /// <param name="services">The services of an application that serves; not those of a command.</param>
    public static IServiceCollection AddTelemetryExport(this IServiceCollection services) => services.AddHostedService<TelemetryExport>();

    /// <param name="services">The application's services.</param>
    /// <param name="audience">Who may read the metrics.</param>
    internal static void AddMetrics(this IServiceCollection services, MetricsAudience audience)
    {
        services.AddSingleton<RequestMetrics>();
        services.AddSingleton<IMalformedRequests>(provider => provider.GetRequiredService<RequestMetrics>());
        services.AddSingleton(provider => new StateReader(
            provider.GetRequiredService<IForwardQueue>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<StateReader>>(),
            provider.GetService<IStoreFigures>()));
        services.AddSingleton(provider => new CertificateDates(
            provider.GetRequiredService<TimeProvider>(), provider.GetService<ServerCertificate>(), provider.GetService<AccountAuthority>()));
        services.AddSingleton(provider => new StateMetrics(
            provider.GetRequiredService<StateReader>(), provider.GetRequiredService<CertificateDates>(), provider.GetRequiredService<ConnectionLimit>(),
            provider.GetService<AuditNotes>(), provider.GetService<AccessLog>()));
        services.AddSingleton<Telemetry>();
        services.AddSingleton<IEndpoint>(provider => new MetricsEndpoint(
            audience, provider.GetRequiredService<Telemetry>(), provider.GetRequiredService<StateReader>(), provider.GetRequiredService<IOperatorGate>()));
    }
}
