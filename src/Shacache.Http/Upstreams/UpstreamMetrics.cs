using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Shacache.Http.Metrics.Recording;

namespace Shacache.Http.Upstreams;

/// <summary>What a server counts that fills itself from others. Names, units and tags: docs/monitoring.md.</summary>
internal sealed class UpstreamMetrics : IDisposable
{
    public const string MeterName = "Shacache.Proximity";

    private readonly Meter _meter = new(MeterName);
    private readonly Tally _saved = new();
    private readonly Tally _received = new("upstream");
    private readonly Tally _failures = new("upstream", "trouble");
    private readonly DurationHistogram _latency;
    private readonly ConcurrentDictionary<string, DurationHistogram.DurationSeries> _latencies = new(StringComparer.Ordinal);

    public UpstreamMetrics()
    {
        _latency = new DurationHistogram(_meter, "shacache.upstream.latency", "How long an upstream took to begin its answer.");
        _meter.CreateObservableCounter("shacache.proximity.saved", _saved.Measure, "By", "Bytes of content that clients got without being fetched for them.");
        _meter.CreateObservableCounter("shacache.upstream.received", _received.Measure, "By", "Bytes of content that came from an upstream.");
        _meter.CreateObservableCounter("shacache.upstream.failures", _failures.Measure, "{failure}", "Requests to an upstream that failed, by the kind of trouble.");
        _meter.CreateObservableGauge("shacache.upstream.up", MeasureStates, "1", "Whether the last request to an upstream was answered: 1, or 0.");
    }

    /// <summary>The upstreams, to tell the states of.</summary>
    public IReadOnlyList<Upstream> Upstreams { get; set; } = [];

    public void NoteSaved(long bytes) => _saved.Add(bytes);

    public void NoteReceived(string upstream, long bytes) => _received.Add(bytes, upstream);

    public void NoteFailure(string upstream, UpstreamTrouble trouble) => _failures.Add(1, upstream, NameOf(trouble));

    public void NoteAnswer(string upstream, TimeSpan latency) =>
        _latencies.GetOrAdd(upstream, static (name, all) => all.Add(new KeyValuePair<string, object?>("upstream", name)), _latency).Add(latency);

    public void Dispose() => _meter.Dispose();

    private static string NameOf(UpstreamTrouble trouble) => trouble switch
    {
        UpstreamTrouble.BadAnswer => "bad-answer",
        UpstreamTrouble.Unreachable => "unreachable",
        UpstreamTrouble.TimedOut => "timed-out",
        UpstreamTrouble.LeftAlone => "left-alone",
        _ => "corrupt",
    };

    private IEnumerable<Measurement<long>> MeasureStates()
    {
        _latency.Flush();
        return Upstreams.Select(upstream => new Measurement<long>(upstream.State == UpstreamState.Up ? 1 : 0, new KeyValuePair<string, object?>("upstream", upstream.Name)));
    }
}
