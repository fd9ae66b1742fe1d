namespace Shacache.Core.Blobs.Repair;

/// <summary>Keeps reads at a rate: each waits until the bytes before it are paid for. For one reader.</summary>
/// <param name="bytesPerSecond">The rate; null for as fast as it goes.</param>
/// <param name="time">The clock.</param>
public sealed class ScrubPace(long? bytesPerSecond, TimeProvider time)
{
    /// <summary>A file costs the disk a search, whatever its length.</summary>
    private const long MinBytes = 4096;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    private TimeSpan _debt;
    private long _since = time.GetTimestamp();

    /// <summary>Pays for bytes that were read.</summary>
    public async ValueTask PayAsync(long bytes, CancellationToken cancellationToken)
    {
        if (bytesPerSecond is not { } rate)
            return;
        long now = time.GetTimestamp();
        TimeSpan left = _debt - time.GetElapsedTime(_since, now);
        _since = now;

        // What was not used while nothing was to be done cannot be caught up later.
        _debt = (left > TimeSpan.Zero ? left : TimeSpan.Zero) + TimeSpan.FromSeconds(Math.Max(bytes, MinBytes) / (double)rate);
        if (_debt > Tick)
            await Task.Delay(_debt, time, cancellationToken).ConfigureAwait(false);
    }
}
