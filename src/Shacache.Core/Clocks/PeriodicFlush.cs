namespace Shacache.Core.Clocks;

/// <summary>Writes what gathers in memory: at an interval, when it is asked to, and at the end. One at a time.</summary>
public sealed class PeriodicFlush : IAsyncDisposable
{
    private readonly Func<CancellationToken, Task> _flush;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly ITimer _timer;
    private int _isScheduled;

    /// <param name="timeProvider">The clock.</param>
    /// <param name="interval">How long anything waits at most.</param>
    /// <param name="flush">Writes what waits. When it fails, what was not written must wait on.</param>
    public PeriodicFlush(TimeProvider timeProvider, TimeSpan interval, Func<CancellationToken, Task> flush)
    {
        _flush = flush;
        _timer = timeProvider.CreateTimer(static state => ((PeriodicFlush)state!).FlushSoon(), this, interval, interval);
    }

    /// <summary>Begins to flush in the background, unless that is about to happen anyway. What cannot be written waits for the next time.</summary>
    public void FlushSoon()
    {
        if (Interlocked.Exchange(ref _isScheduled, 1) == 0)
            _ = Task.Run(FlushQuietlyAsync);
    }

    /// <summary>Writes what waits now. Fails as the writing does.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await _flush(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Writes what is left, if that is possible.</summary>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync().ConfigureAwait(false);
        await FlushQuietlyAsync().ConfigureAwait(false);
    }

    private async Task FlushQuietlyAsync()
    {
        Interlocked.Exchange(ref _isScheduled, 0);
        try
        {
            await FlushAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception)
        {
            // What failed is tried again the next time, and a caller that waits for it is told then.
        }
    }
}
