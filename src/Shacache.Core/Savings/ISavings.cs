namespace Shacache.Core.Savings;

/// <summary>What the cache spared, by day, and what was asked of it, by hour and by day.</summary>
/// <remarks>
/// Days and hours are those of UTC. Bounded: whatever is older than <see cref="KeptDays"/> goes by itself. Some seconds behind, and a crash loses as much.
/// Safe for concurrent use. Every call may throw <c>StorageFullException</c> (no room) and <c>BlobStoreException</c> (the backend failed).
/// </remarks>
public interface ISavings
{
    /// <summary>How many days are kept, of savings and of traffic by day.</summary>
    const int KeptDays = 400;

    /// <summary>How many days traffic is kept by hour.</summary>
    const int KeptHourDays = 8;

    /// <summary>Adds to what is known of now.</summary>
    /// <param name="traffic">At most one of each cache.</param>
    /// <param name="savings">At most one of each cache and prefix; their day is not looked at.</param>
    /// <param name="cancellationToken">Honoured until the change is being made.</param>
    ValueTask AddAsync(IReadOnlyList<Traffic> traffic, IReadOnlyList<Saving> savings, CancellationToken cancellationToken);

    /// <summary>The savings, put together as asked, in the order of the day, the cache, or the bytes of the prefix, most first.</summary>
    /// <param name="by">What makes a row of its own; the other members of a row are null.</param>
    /// <param name="since">The first day.</param>
    /// <param name="cancellationToken">Stops.</param>
    ValueTask<IReadOnlyList<Saving>> ReadAsync(SavingsBy by, DateOnly since, CancellationToken cancellationToken);

    /// <summary>What was asked of the caches, oldest first. An hour or day in which nothing was asked of a cache has no row.</summary>
    /// <param name="span">An hour or a day.</param>
    /// <param name="since">Rows that begin earlier are left out.</param>
    /// <param name="cancellationToken">Stops.</param>
    ValueTask<IReadOnlyList<TrafficOfSpan>> ReadTrafficAsync(TrafficSpan span, DateTimeOffset since, CancellationToken cancellationToken);
}

/// <summary>What the savings are put together by.</summary>
public enum SavingsBy
{
    /// <summary>One row in all.</summary>
    Nothing,

    /// <summary>A row for each day that has any.</summary>
    Day,

    /// <summary>A row for each cache.</summary>
    Cache,

    /// <summary>A row for each prefix of keys.</summary>
    Prefix,
}

/// <summary>What was spared.</summary>
/// <param name="Day">On which day; null when several are put together.</param>
/// <param name="Cache">By which cache; null when several are put together.</param>
/// <param name="Prefix">With which keys (<see cref="KeyPrefix"/>); null when several are put together.</param>
/// <param name="Bytes">Content that was sent from here, and so neither by an origin nor by an upstream.</param>
/// <param name="BuildTime">Builds that clients did not have to make.</param>
/// <param name="DownloadTime">Transfers from origins and upstreams that clients did not wait for.</param>
public sealed record Saving(DateOnly? Day, CacheKind? Cache, string? Prefix, long Bytes, TimeSpan BuildTime, TimeSpan DownloadTime);

/// <summary>What was asked of a cache.</summary>
/// <param name="Cache">The cache.</param>
/// <param name="Requests">GET requests for content.</param>
/// <param name="Hits">Those that were answered from here, 304 included.</param>
/// <param name="SentBytes">Content that was sent, from here or while it came.</param>
public readonly record struct Traffic(CacheKind Cache, long Requests, long Hits, long SentBytes);

/// <summary>The spans by which traffic is known. The numbers are stored.</summary>
public enum TrafficSpan
{
    /// <summary>Kept for <see cref="ISavings.KeptHourDays"/>.</summary>
    Hour = 1,

    /// <summary>Kept for <see cref="ISavings.KeptDays"/>.</summary>
    Day = 2,
}

/// <summary>What was asked of a cache within an hour or a day.</summary>
/// <param name="From">When that begins.</param>
/// <param name="Traffic">What was asked.</param>
public readonly record struct TrafficOfSpan(DateTimeOffset From, Traffic Traffic);
