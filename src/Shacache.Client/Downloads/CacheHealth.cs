namespace Shacache.Client.Downloads;

/// <summary>Remembers that a cache failed, so that a list of files neither waits for it file by file nor warns of it file by file.</summary>
internal sealed class CacheHealth(DownloadCacheOptions policy, Action<string>? onWarning, TimeProvider timeProvider)
{
    /// <summary>One content that is broken says nothing of the others; so many in a row do.</summary>
    private const int MaxTroublesInARow = 3;

    private int _troublesInARow;
    private readonly Lock _lock = new();
    private readonly HashSet<string> _said = [];
    private DateTimeOffset _restsUntil = DateTimeOffset.MinValue;

    public bool IsUsable
    {
        get
        {
            lock (_lock)
                return timeProvider.GetUtcNow() >= _restsUntil;
        }
    }

    /// <summary>The cache is left alone for a while.</summary>
    public void ReportFailure(string what, string message)
    {
        lock (_lock)
            _restsUntil = timeProvider.GetUtcNow() + policy.RestAfterFailure;
        WarnOnce(what, message);
    }

    /// <summary>Notes that the cache answered, and delivered nothing.</summary>
    /// <returns>Whether that has become a failure of the cache.</returns>
    public bool NoteTrouble() => Interlocked.Increment(ref _troublesInARow) >= MaxTroublesInARow;

    /// <summary>Notes that the cache delivered.</summary>
    public void NoteDelivery() => Volatile.Write(ref _troublesInARow, 0);

    /// <summary>Warns, unless it warned of the like before.</summary>
    public void WarnOnce(string what, string message)
    {
        lock (_lock)
        {
            if (!_said.Add(what))
                return;
        }

        onWarning?.Invoke(message);
    }
}
