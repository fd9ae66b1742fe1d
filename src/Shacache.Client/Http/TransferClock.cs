using Shacache.Protocol;

namespace Shacache.Client.Http;

/// <summary>Cuts a request off that waits too long for the other side. Each sign of life starts the wait anew.</summary>
internal sealed class TransferClock : IDisposable
{
    private readonly TransferPace _pace;
    private readonly TimeProvider _timeProvider;
    private readonly CancellationTokenSource _source;
    private readonly CancellationTokenRegistration _outer;
    private readonly CancellationToken _cancellation;
    private TimeSpan _limit;
    private string? _waitingFor;

    /// <param name="pace">How fast the body of the answer must come.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public TransferClock(TransferPace pace, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        _pace = pace;
        _timeProvider = timeProvider;
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

    /// <summary>Reads what comes next of a body, and then pauses. Too slow a sender is cut off like one that is silent.</summary>
    public async ValueTask<int> ReadAsync(HttpResponseMessage response, Memory<byte> piece)
    {
        _waitingFor = null;
        _source.CancelAfter(_pace.Patience);
        long start = _timeProvider.GetTimestamp();
        Stream body = await response.Content.ReadAsStreamAsync(Token).ConfigureAwait(false);
        int read = await body.ReadAsync(piece, Token).ConfigureAwait(false);
        Pause();
        _pace.Note(_timeProvider.GetElapsedTime(start), read);
        return read;
    }

    /// <summary>Nothing is awaited of the other side: this side is at work.</summary>
    public void Pause() => _source.CancelAfter(Timeout.InfiniteTimeSpan);

    /// <summary>What to say of a cancellation: null when the caller wanted it.</summary>
    public string? ExplainTimeout() => _cancellation.IsCancellationRequested || !_source.IsCancellationRequested
        ? null
        : $"timed out: {(_waitingFor is null ? _pace.Problem : $"no {_waitingFor} within {_limit.TotalSeconds:0.###} s")}";

    public void Dispose()
    {
        _outer.Dispose();
        _source.Dispose();
    }
}
