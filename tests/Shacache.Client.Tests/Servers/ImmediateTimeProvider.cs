namespace Shacache.Client.Tests.Servers;

/// <summary>The system's clock, but waits of one length are over at once: a test need not sit them out.</summary>
internal sealed class ImmediateTimeProvider(TimeSpan length) : TimeProvider
{
    private int _immediateTimers;

    /// <summary>How often a wait of that length was asked for.</summary>
    public int ImmediateTimers => _immediateTimers;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime != length)
            return base.CreateTimer(callback, state, dueTime, period);
        Interlocked.Increment(ref _immediateTimers);
        return base.CreateTimer(callback, state, TimeSpan.FromMilliseconds(1), period);
    }
}
