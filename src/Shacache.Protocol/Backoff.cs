using System.Security.Cryptography;

namespace Shacache.Protocol;

/// <summary>How long to wait after failures in a row: each time twice as long.</summary>
/// <param name="First">After the first failure.</param>
/// <param name="Longest">At most.</param>
public sealed record Backoff(TimeSpan First, TimeSpan Longest)
{
    private const int MaxDoublings = 30;
    private const int JitterSteps = 1000;

    /// <summary>The pause after so many failures in a row; none after none.</summary>
    public TimeSpan After(int failures)
    {
        if (failures <= 0)
            return TimeSpan.Zero;
        double ticks = First.Ticks * Math.Pow(2, Math.Min(failures - 1, MaxDoublings));
        return ticks < Longest.Ticks ? TimeSpan.FromTicks((long)ticks) : Longest;
    }

    /// <summary>The same, up to a quarter shorter or longer, so that clients that failed together do not come back together.</summary>
    public TimeSpan AfterWithJitter(int failures)
    {
        TimeSpan pause = After(failures) * (0.75 + (RandomNumberGenerator.GetInt32(JitterSteps) / (2.0 * JitterSteps)));
        return pause < Longest ? pause : Longest;
    }
}
