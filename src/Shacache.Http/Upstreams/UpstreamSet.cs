using Microsoft.Extensions.Logging;

namespace Shacache.Http.Upstreams;

/// <summary>All upstreams, and which of them to ask first.</summary>
internal sealed class UpstreamSet : IDisposable
{
    private readonly ProximityOptions _options;
    private readonly Upstream[] _upstreams;
    private readonly UpstreamRace _race;

    public UpstreamSet(ProximityOptions options, UpstreamMetrics metrics, TimeProvider time, ILogger<UpstreamSet> logger)
    {
        _options = options;
        _upstreams = [.. options.Upstreams.OrderBy(upstream => !upstream.IsPeer).Select(upstream => new Upstream(upstream, metrics, time, logger))];
        metrics.Upstreams = _upstreams;
        _race = new UpstreamRace(options.HedgeDelay, time);
    }

    public IReadOnlyList<Upstream> All => _upstreams;

    /// <summary>All, in the order in which to ask now: one that is left alone comes last, and fails at once unless its time is up.</summary>
    public IReadOnlyList<Upstream> Rank() => _options.Order == UpstreamOrder.Fastest
        ? [.. _upstreams.OrderBy(upstream => upstream.IsLeftAlone).ThenBy(upstream => !upstream.Options.IsPeer).ThenBy(upstream => upstream.WeightedLatency)]
        : [.. _upstreams.OrderBy(upstream => upstream.IsLeftAlone)];

    /// <summary>Asks them until one has it.</summary>
    public Task<UpstreamVerdict> AskAsync(UpstreamRequest request, CancellationToken cancellationToken) => AskAsync(request, Rank(), cancellationToken);

    /// <summary>Asks some of them, in this order, until one has it.</summary>
    public Task<UpstreamVerdict> AskAsync(UpstreamRequest request, IReadOnlyList<Upstream> candidates, CancellationToken cancellationToken) =>
        _race.RunAsync(request, candidates, cancellationToken);

    public void Dispose()
    {
        foreach (Upstream upstream in _upstreams)
            upstream.Dispose();
    }
}
