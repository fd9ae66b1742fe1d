using Shacache.Http.Answers;
using Shacache.Http.Metrics.Recording;

namespace Shacache.Http.Metrics;

/// <summary>Requests with the same tags: how long they took, and what they share with others of their surface, method and status.</summary>
/// <param name="Durations">How long they took.</param>
/// <param name="Traffic">Their bytes and outcomes.</param>
internal sealed record RequestSeries(DurationHistogram.DurationSeries Durations, Traffic Traffic);

/// <summary>What is counted of requests by surface, method and status.</summary>
/// <param name="surface">The surface.</param>
/// <param name="tags">Surface, method and status.</param>
internal sealed class Traffic(string surface, KeyValuePair<string, object?>[] tags)
{
    private readonly long[] _outcomes = new long[4];
    private long _receivedBytes;
    private long _sentBytes;

    public string Surface => surface;

    public KeyValuePair<string, object?>[] Tags => tags;

    /// <summary>Bytes of bodies that came.</summary>
    public long ReceivedBytes => Interlocked.Read(ref _receivedBytes);

    /// <summary>Bytes of bodies that were sent.</summary>
    public long SentBytes => Interlocked.Read(ref _sentBytes);

    /// <summary>How many requests came out so.</summary>
    public long Count(CacheOutcome outcome) => Interlocked.Read(ref _outcomes[(int)outcome]);

    public void Add(long receivedBytes, long sentBytes, CacheOutcome outcome)
    {
        if (receivedBytes > 0)
            Interlocked.Add(ref _receivedBytes, receivedBytes);
        if (sentBytes > 0)
            Interlocked.Add(ref _sentBytes, sentBytes);
        if (outcome != CacheOutcome.None)
            Interlocked.Increment(ref _outcomes[(int)outcome]);
    }
}
