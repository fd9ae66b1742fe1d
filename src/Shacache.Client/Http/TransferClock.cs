namespace Shacache.Client.Http;

/// <summary>Cuts a request off that waits too long for the other side. Each sign of life starts the wait anew.</summary>
internal sealed class TransferClock : IDisposable
{
    private readonly CancellationTokenSource _source;
    private readonly CancellationTokenRegistration _outer;
    private readonly CancellationToken _cancellation;
    private TimeSpan _limit;
    private string _waitingFor = "";

    public TransferClock(TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        _source = new CancellationTokenSource(Timeout.InfiniteTimeSpan, timeProvider);
        _cancellation = cancellationToken;
        _outer = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
    }

    /// <summary>Cancelled when the caller cancels, or when the wait is over.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Whether the caller cancelled.</summary>
    public bool IsCancelledByCaller => _cancellation.IsCancellationRequested;

    /// <summary>Starts a wait.</summary>
    public void Wait(TimeSpan limit, string waitingFor)
    {
        _limit = limit;
        _waitingFor = waitingFor;
        _source.CancelAfter(limit);
    }

    /// <summary>Nothing is awaited of the other side: this side is at work.</summary>
    public void Pause() => _source.CancelAfter(Timeout.InfiniteTimeSpan);

    /// <summary>What to say of a cancellation: null when the caller wanted it.</summary>
    public string? ExplainTimeout() => _cancellation.IsCancellationRequested || !_source.IsCancellationRequested
        ? null
        : $"timed out: no {_waitingFor} within {_limit.TotalSeconds:0.###} s";

    public void Dispose()
    {
        _outer.Dispose();
        _source.Dispose();
    }
}
