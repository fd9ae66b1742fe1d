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

/// <summary>What all the retries of one transfer may cost together, however much each of them brings.</summary>
/// <remarks>
/// A sender that hangs again and again, each time a little later, would otherwise be followed for hours. It is the time that is lost by breaks that counts: a long transfer
/// over a bad line earns more of it with what it brings.
/// </remarks>
/// <param name="patience">The time that may be lost in any case.</param>
public sealed class RetryAllowance(TimeSpan patience)
{
    /// <summary>So much more must come for a further second.</summary>
    private const double BytesPerSecond = 1 << 20;

    /// <summary>The least that a retry costs: also those that take no time have an end.</summary>
    private static readonly TimeSpan MinCost = TimeSpan.FromMilliseconds(100);

    private long _cameBytes;
    private TimeSpan _lost;

    /// <summary>Counts bytes that came.</summary>
    public void Earn(int bytes) => _cameBytes += bytes;

    /// <summary>Counts the time that a break lost.</summary>
    /// <returns>Whether there may be another retry.</returns>
    public bool TrySpend(TimeSpan lost)
    {
        _lost += lost > MinCost ? lost : MinCost;
        return _lost < patience + TimeSpan.FromSeconds(_cameBytes / BytesPerSecond);
    }
}
