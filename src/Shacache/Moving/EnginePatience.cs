namespace Shacache.Cli.Moving;

/// <summary>For how long a copy waits for an engine that went away in the middle of it.</summary>
/// <param name="time">The clock.</param>
internal sealed class EnginePatience(TimeProvider time)
{
    /// <summary>So long an engine may be away.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    /// <summary>What went on for so long was no part of the same trouble.</summary>
    private static readonly TimeSpan Steady = TimeSpan.FromMinutes(1);

    private long? _awaySince;
    private long? _resumedAt;

    /// <summary>The copy goes on.</summary>
    public void NoteResumed() => _resumedAt = time.GetTimestamp();

    /// <summary>An engine is away, or still is: whether it is waited for.</summary>
    /// <param name="hasProgressed">Whether something was copied since the copy went on.</param>
    public bool MayWait(bool hasProgressed)
    {
        if (hasProgressed || (_resumedAt is { } resumedAt && time.GetElapsedTime(resumedAt) > Steady))
            _awaySince = null;
        _resumedAt = null;
        _awaySince ??= time.GetTimestamp();
        return time.GetElapsedTime(_awaySince.Value) < Limit;
    }
}
