using System.Diagnostics.Metrics;

namespace Shacache.Http.Upstreams;

/// <summary>What a server counts that fills itself from others. Names, units and tags: docs/operating.md, "Metrics".</summary>
internal sealed class UpstreamMetrics : IDisposable
{
    public const string MeterName = "Shacache.Proximity";

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _requests;
    private readonly Counter<long> _coalesced;
    private readonly Counter<long> _saved;
    private readonly Counter<long> _received;
    private readonly Counter<long> _failures;
    private readonly Histogram<double> _latency;

    public UpstreamMetrics()
    {
        _requests = _meter.CreateCounter<long>("shacache.proximity.requests", "{request}", "Answers by surface and by how they came about: hit, miss or stale.");
        _coalesced = _meter.CreateCounter<long>("shacache.proximity.coalesced", "{request}", "Requests that joined a request to the upstreams which was under way.");
        _saved = _meter.CreateCounter<long>("shacache.proximity.saved", "By", "Bytes of content that clients got without being fetched for them.");
        _received = _meter.CreateCounter<long>("shacache.upstream.received", "By", "Bytes of content that came from an upstream.");
        _failures = _meter.CreateCounter<long>("shacache.upstream.failures", "{failure}", "Requests to an upstream that failed, by the kind of trouble.");
        _latency = _meter.CreateHistogram<double>("shacache.upstream.latency", "s", "How long an upstream took to begin its answer.");
    }

    public void NoteRequest(string surface, string outcome) => _requests.Add(1, new("surface", surface), new("outcome", outcome));

    public void NoteCoalesced(string surface) => _coalesced.Add(1, new KeyValuePair<string, object?>("surface", surface));

    public void NoteSaved(long bytes) => _saved.Add(bytes);

    public void NoteReceived(string upstream, long bytes) => _received.Add(bytes, new KeyValuePair<string, object?>("upstream", upstream));

    public void NoteFailure(string upstream, UpstreamTrouble trouble) =>
        _failures.Add(1, new("upstream", upstream), new("trouble", NameOf(trouble)));

    public void NoteAnswer(string upstream, TimeSpan latency) =>
        _latency.Record(latency.TotalSeconds, new KeyValuePair<string, object?>("upstream", upstream));

    public void Dispose() => _meter.Dispose();

    private static string NameOf(UpstreamTrouble trouble) => trouble switch
    {
        UpstreamTrouble.BadAnswer => "bad-answer",
        UpstreamTrouble.Unreachable => "unreachable",
        UpstreamTrouble.TimedOut => "timed-out",
        UpstreamTrouble.LeftAlone => "left-alone",
        _ => "corrupt",
    };
}
