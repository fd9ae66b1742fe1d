using Polly;
using Polly.CircuitBreaker;
using Shacache.Protocol;

namespace Shacache.Http.Upstreams;

/// <summary>Leaves an upstream alone that fails: for a second at first, for twice as long after each probe that fails too, half a minute at most.</summary>
internal sealed class UpstreamBreaker
{
    private static readonly Backoff Breaks = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));

    private readonly CircuitBreakerStateProvider _state = new();
    private readonly ResiliencePipeline _pipeline;

    /// <param name="time">The clock of the breaks.</param>
    /// <param name="onChange">Told when the upstream is left alone (how long), and when it is asked again as before (null).</param>
    public UpstreamBreaker(TimeProvider time, Action<TimeSpan?> onChange) =>
        _pipeline = new ResiliencePipelineBuilder { TimeProvider = time }.AddCircuitBreaker(new CircuitBreakerStrategyOptions
        {
            ShouldHandle = outcome => new(IsFailure(outcome.Outcome.Exception)),
            FailureRatio = 0.5,
            MinimumThroughput = 3,
            SamplingDuration = TimeSpan.FromSeconds(20),
            BreakDurationGenerator = static arguments => new(Breaks.After(arguments.HalfOpenAttempts + 1)),
            StateProvider = _state,
            OnOpened = arguments =>
            {
                onChange(arguments.BreakDuration);
                return default;
            },
            OnClosed = _ =>
            {
                onChange(null);
                return default;
            },
        }).Build();

    /// <summary>Whether the upstream is left alone.</summary>
    public bool IsOpen => _state.CircuitState is CircuitState.Open or CircuitState.Isolated;

    /// <exception cref="BrokenCircuitException">The upstream is left alone.</exception>
    public ValueTask<T> ExecuteAsync<T>(Func<CancellationToken, ValueTask<T>> ask, CancellationToken cancellationToken) =>
        _pipeline.ExecuteAsync(ask, cancellationToken);

    /// <summary>Counts a failure that showed only later.</summary>
    public async ValueTask NoteAsync(UpstreamException failure, CancellationToken cancellationToken)
    {
        try
        {
            await _pipeline.ExecuteAsync(static (failure, _) => ValueTask.FromException(failure), failure, cancellationToken);
        }
        catch (Exception e) when (e is UpstreamException or BrokenCircuitException)
        {
            // It is counted, which is all that was wanted.
        }
    }

    /// <summary>A probe that was no longer waited for says nothing, which must not pass for an answer: the break goes on.</summary>
    private bool IsFailure(Exception? e) => e is UpstreamException { IsSignOfIllness: true }
        || (e is OperationCanceledException && _state.CircuitState == CircuitState.HalfOpen);
}

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
