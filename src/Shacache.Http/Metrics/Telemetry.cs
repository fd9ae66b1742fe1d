using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Shacache.Http.Metrics.Recording;

namespace Shacache.Http.Metrics;

/// <summary>OpenTelemetry: metrics for Prometheus, and metrics and traces for a collector. Nothing of it is loaded before it is asked for.</summary>
/// <remarks>
/// It takes a tenth of a second and some MiB, which a server without monitoring does not pay. Nothing is lost by that: what is counted here is counted from the
/// start (<see cref="Tally"/>, <see cref="DurationHistogram"/>).
/// </remarks>
internal sealed class Telemetry : IDisposable
{
    private const string ServiceName = "shacache";

    /// <summary>A collector that is away must not keep the server from ending.</summary>
    private const int LastExportMs = 3000;

    /// <summary>Combinations of tags that an instrument may have: each takes memory at once.</summary>
    private const int MaxSeries = 128;

    /// <summary>The same for requests: surfaces, methods, statuses, and versions of the protocol.</summary>
    private const int MaxRequestSeries = 2000;

    private static readonly Dictionary<string, string> NewNames = new(StringComparer.Ordinal)
    {
        // In the form of Prometheus these would end as only histograms may.
        ["dotnet.process.cpu.count"] = "dotnet.process.cpus",
        ["dotnet.timer.count"] = "dotnet.timers",
        ["dotnet.assembly.count"] = "dotnet.assemblies",
    };

    private readonly IServiceProvider _services;
    private readonly Lock _gate = new();
    private readonly RequestMetrics _requests;
    private MeterProvider? _metrics;
    private TracerProvider? _traces;
    private RequestDelegate? _scrape;
    private bool _isDisposed;

    // The instruments of the state are there once this is.
    public Telemetry(IServiceProvider services, RequestMetrics requests, StateMetrics state)
    {
        _ = state;
        _services = services;
        _requests = requests;
        _requests.Durations.OnBacklog = () => ThreadPool.UnsafeQueueUserWorkItem(static telemetry => telemetry.Start(), this, preferLocal: false);
    }

    /// <summary>Whether a collector is configured (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c>).</summary>
    public static bool HasCollector => HasEndpoint("METRICS") || HasEndpoint("TRACES");

    /// <summary>Answers with the metrics, in the form that the request prefers; null when OpenTelemetry is switched off (<c>OTEL_SDK_DISABLED</c>).</summary>
    public RequestDelegate? Scrape
    {
        get
        {
            Start();
            return _scrape;
        }
    }

    /// <summary>Begins to collect. Does nothing when that was done.</summary>
    public void Start()
    {
        lock (_gate)
        {
            if (_metrics is not null || _isDisposed || IsDisabled)
                return;
            ResourceBuilder resource = ResourceBuilder.CreateEmpty()
                .AddService(ServiceName, serviceVersion: ServerVersion.Text).AddTelemetrySdk().AddEnvironmentVariableDetector();
            _metrics = BuildMetrics(resource);
            if (HasEndpoint("TRACES"))
                _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(Traces.SourceName).AddOtlpExporter().Build();
            var branch = new ApplicationBuilder(_services);
            branch.UseOpenTelemetryPrometheusScrapingEndpoint(_metrics, static _ => true, path: null, configureBranchedPipeline: null, optionsName: null);
            _scrape = branch.Build();
        }
    }

    /// <summary>Sends what was not sent yet, within some seconds.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _metrics?.Shutdown(LastExportMs);
            _traces?.Shutdown(LastExportMs);
            _metrics?.Dispose();
            _traces?.Dispose();
        }
    }

    private static bool IsDisabled => string.Equals(Environment.GetEnvironmentVariable("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase);

    private static bool HasEndpoint(string signal) =>
        (IsSet("OTEL_EXPORTER_OTLP_ENDPOINT") || IsSet($"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT")) &&
        !string.Equals(Environment.GetEnvironmentVariable($"OTEL_{signal}_EXPORTER"), "none", StringComparison.OrdinalIgnoreCase);

    private static bool IsSet(string variable) => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(variable));

    private static MeterProvider BuildMetrics(ResourceBuilder resource)
    {
        MeterProviderBuilder builder = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter("Shacache*", "System.Runtime", "Microsoft.AspNetCore.Server.Kestrel")
            .AddView(Configure)
            .AddPrometheusExporter(static prometheus =>
            {
                // Two readers a moment apart are to see what happened in between.
                prometheus.ScrapeResponseCacheDurationMilliseconds = 0;
                prometheus.ScopeInfoEnabled = false;
                prometheus.TargetInfoEnabled = true;
            });
        if (HasEndpoint("METRICS"))
            builder.AddOtlpExporter();
        return builder.Build();
    }

    private static MetricStreamConfiguration? Configure(Instrument instrument) => instrument.Meter.Name switch
    {
        "System.Runtime" => new MetricStreamConfiguration { Name = NewNames.GetValueOrDefault(instrument.Name, instrument.Name), CardinalityLimit = MaxSeries },

        // Requests and connections are counted here. What is left is what TLS costs.
        "Microsoft.AspNetCore.Server.Kestrel" when instrument.Name != "kestrel.tls_handshake.duration" => MetricStreamConfiguration.Drop,
        RequestMetrics.MeterName => new MetricStreamConfiguration { CardinalityLimit = MaxRequestSeries },
        _ => new MetricStreamConfiguration { CardinalityLimit = MaxSeries },
    };
}
