namespace Shacache.Core.Clocks;

/// <summary>The time of day for what is removed by age: it is known only while the system's clock has gone evenly for some hours.</summary>
/// <remarks>
/// A clock may be wrong for an hour: a machine starts before its time is set, an operator mistypes a year. What is forgotten meanwhile is lost, and what
/// is kept some hours longer harms nothing. The time of day is compared with time that only runs (<see cref="TimeProvider.GetTimestamp"/>). Safe for
/// concurrent use.
/// </remarks>
/// <param name="time">The clock.</param>
public sealed class SteadyClock(TimeProvider time)
{
    /// <summary>For so long the clock must have gone evenly.</summary>
    public static readonly TimeSpan Probation = TimeSpan.FromHours(6);

    /// <summary>A time before this one was told by a clock that had not been set: there was no such server then.</summary>
    public static readonly DateTimeOffset Dawn = new(2025, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>By so much it may be set between two looks: what keeps clocks right does so in small steps.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private long _steadySince = time.GetTimestamp();
    private long _seenAt = time.GetTimestamp();
    private DateTimeOffset _seen = time.GetUtcNow();

    /// <summary>The time of day.</summary>
    /// <returns>False while it is not to be believed: nothing is to be forgotten then.</returns>
    public bool TryGetUtcNow(out DateTimeOffset now)
    {
        lock (_gate)
        {
            now = time.GetUtcNow();
            long seenAt = time.GetTimestamp();
            TimeSpan jump = now - _seen - time.GetElapsedTime(_seenAt, seenAt);
            (_seen, _seenAt) = (now, seenAt);
            if (jump.Duration() > Tolerance)
                _steadySince = seenAt;
            return time.GetElapsedTime(_steadySince, seenAt) >= Probation;
        }
    }
}
