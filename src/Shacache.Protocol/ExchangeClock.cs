using System.Globalization;

namespace Shacache.Protocol;

/// <summary>Cuts an exchange off that waits too long for the other side. Each sign of life starts the wait anew, and the time that this side takes does not count.</summary>
/// <remarks>For one request and its answer, redirects included. Not for several threads at once.</remarks>
public sealed class ExchangeClock : IDisposable
{
    private readonly TransferPace _pace;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _source;
    private readonly CancellationTokenRegistration _outer;
    private readonly CancellationToken _caller;
    private TimeSpan _total = Timeout.InfiniteTimeSpan;
    private long _totalStart;
    private TimeSpan _limit;
    private string? _waitingFor;

    /// <param name="limits">How long each part may take.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public ExchangeClock(ExchangeLimits limits, TimeProvider time, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentNullException.ThrowIfNull(time);
        Limits = limits;
        _pace = new TransferPace(limits.MinBytesPerSecond, limits.StallTimeout, time);
        _time = time;
        _source = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _caller = cancellationToken;
        _outer = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
    }

    /// <summary>How long each part may take.</summary>
    public ExchangeLimits Limits { get; }

    /// <summary>Cancelled when the caller cancels, or when a wait is over.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Whether the caller cancelled.</summary>
    public bool IsCancelledByCaller => _caller.IsCancellationRequested;

    /// <summary>Limits all that follows, whatever is waited for.</summary>
    public void EndWithin(TimeSpan total)
    {
        _total = total;
        _totalStart = _time.GetTimestamp();
        Pause();
    }

    /// <summary>Starts a wait.</summary>
    /// <param name="limit">How long it may take.</param>
    /// <param name="waitingFor">What is waited for, as it goes on after "no".</param>
    public void Wait(TimeSpan limit, string waitingFor)
    {
        _waitingFor = waitingFor;
        Start(limit);
    }

    /// <summary>Starts the wait for the rest of an answer whose head is here.</summary>
    public void WaitForRest() => Wait(Limits.StallTimeout, "rest of the answer");

    /// <summary>Nothing is awaited of the other side: this side is at work.</summary>
    public void Pause() => Start(Timeout.InfiniteTimeSpan);

    /// <summary>Reads what comes next of a body, and then pauses. A sender that is too slow is cut off like one that is silent.</summary>
    public async ValueTask<int> ReadAsync(Stream body, Memory<byte> buffer)
    {
        ArgumentNullException.ThrowIfNull(body);
        _waitingFor = null;
        Start(_pace.Patience);
        long start = _time.GetTimestamp();
        int count = await body.ReadAsync(buffer, Token).ConfigureAwait(false);
        Pause();
        _pace.Note(_time.GetElapsedTime(start), count);
        return count;
    }

    /// <summary>What was waited for in vain, such as "no answer within 30 s"; null when the exchange was not cut off, or the caller did it.</summary>
    public string? FindTimeout() => IsCancelledByCaller || !_source.IsCancellationRequested ? null
        : _waitingFor is null && _limit != _total ? _pace.Problem
        : string.Create(CultureInfo.InvariantCulture, $"no {_waitingFor ?? "end of the answer"} within {_limit.TotalSeconds:0.###} s");

    /// <summary>Whether an exception tells of trouble with the other side, and not of the caller's wish.</summary>
    public bool IsTrouble(Exception exception) =>
        exception is HttpRequestException or IOException || (exception is OperationCanceledException && !IsCancelledByCaller);

    /// <inheritdoc/>
    public void Dispose()
    {
        _outer.Dispose();
        _source.Dispose();
    }

    private void Start(TimeSpan limit)
    {
        _limit = limit;
        if (_total == Timeout.InfiniteTimeSpan)
        {
            _source.CancelAfter(limit);
            return;
        }

        TimeSpan left = _total - _time.GetElapsedTime(_totalStart);
        if (limit != Timeout.InfiniteTimeSpan && limit < left)
        {
            _source.CancelAfter(limit);
            return;
        }

        _limit = _total;
        _source.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
    }
}

/// <summary>How long the parts of one exchange may take. Given with each request; connections know none of it.</summary>
public sealed record ExchangeLimits
{
    /// <summary>How long a connection may take, TLS included. Longer than that of the connections (<see cref="HttpConnections"/>) it is never.</summary>
    public TimeSpan ConnectTimeout { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>How long it may take to the head of the answer, the connection included.</summary>
    public required TimeSpan AnswerTimeout { get; init; }

    /// <summary>Whether all redirects together may take that long; otherwise each of them.</summary>
    public bool IncludesRedirects { get; init; }

    /// <summary>How long the other side may send, or take, nothing.</summary>
    public required TimeSpan StallTimeout { get; init; }

    /// <summary>When it sends less than this, on average over <see cref="StallTimeout"/>, it counts as silent; 0 for any rate.</summary>
    public long MinBytesPerSecond { get; init; }

    /// <summary>The most redirects that are followed.</summary>
    public int MaxRedirects { get; init; } = Redirects.Max;
}
