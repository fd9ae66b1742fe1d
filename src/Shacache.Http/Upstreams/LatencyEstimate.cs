namespace Shacache.Http.Upstreams;

/// <summary>How soon answers began of late: a moving average in which each answer counts a fifth.</summary>
internal sealed class LatencyEstimate
{
    private const double Share = 0.2;
    private readonly Lock _gate = new();
    private double _seconds;

    /// <summary>0 as long as nothing is known.</summary>
    public double Seconds
    {
        get
        {
            lock (_gate)
                return _seconds;
        }
    }

    public void Add(TimeSpan latency)
    {
        lock (_gate)
            _seconds = _seconds == 0 ? latency.TotalSeconds : _seconds + (Share * (latency.TotalSeconds - _seconds));
    }
}
