using System.Diagnostics.Metrics;
using Shacache.Core.Upstreams;
using Shacache.Http.Metrics.Recording;

namespace Shacache.Http.Upstreams.Forwarding;

/// <summary>What is counted of uploads for upstreams.</summary>
internal sealed class ForwardMetrics : IDisposable
{
    private static readonly TimeSpan Precision = TimeSpan.FromSeconds(1);

    private readonly Meter _meter = new(UpstreamMetrics.MeterName);
    private readonly Tally _attempts = new("upstream", "result");
    private readonly IForwardQueue _queue;
    private readonly TimeProvider _time;
    private long _waiting;
    private long _refused;
    private long _countedAt;

    public ForwardMetrics(IForwardQueue queue, TimeProvider time)
    {
        _queue = queue;
        _time = time;
        _meter.CreateObservableCounter("shacache.forward.attempts", _attempts.Measure, "{upload}", "Uploads that were sent to an upstream, by how that ended.");
        _meter.CreateObservableGauge("shacache.forward.queue", Measure, "{upload}", "Uploads for upstreams: waiting, and refused for good.");
    }

    /// <summary>Counts the queue, unless that was done a moment ago.</summary>
    /// <param name="atOnce">Do it nevertheless.</param>
    /// <param name="cancellationToken">Stops.</param>
    public async ValueTask CountAsync(bool atOnce, CancellationToken cancellationToken)
    {
        if (!atOnce && _time.GetElapsedTime(Volatile.Read(ref _countedAt)) < Precision)
            return;
        Volatile.Write(ref _countedAt, _time.GetTimestamp());
        ForwardTotals totals = await _queue.CountAsync(cancellationToken);
        Volatile.Write(ref _waiting, totals.Waiting);
        Volatile.Write(ref _refused, totals.Refused);
    }

    public void NoteAttempt(string upstream, ForwardResult result) => _attempts.Add(1, upstream, NameOf(result));

    public void Dispose() => _meter.Dispose();

    private static string NameOf(ForwardResult result) => result switch
    {
        ForwardResult.Done => "done",
        ForwardResult.Refused => "refused",
        ForwardResult.Failed => "failed",
        _ => "unavailable",
    };

    private IEnumerable<Measurement<long>> Measure() =>
    [
        new(Volatile.Read(ref _waiting), new KeyValuePair<string, object?>("state", "waiting")),
        new(Volatile.Read(ref _refused), new KeyValuePair<string, object?>("state", "refused")),
    ];
}
