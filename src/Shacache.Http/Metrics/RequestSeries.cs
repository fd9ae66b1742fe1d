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
    private readonly Stripes<Sums> _stripes = new(static () => new Sums());

    public string Surface => surface;

    public KeyValuePair<string, object?>[] Tags => tags;

    /// <summary>Bytes of bodies that came.</summary>
    public long ReceivedBytes => Sum(static sums => Interlocked.Read(ref sums.ReceivedBytes));

    /// <summary>Bytes of bodies that were sent.</summary>
    public long SentBytes => Sum(static sums => Interlocked.Read(ref sums.SentBytes));

    /// <summary>How many requests came out so.</summary>
    public long Count(CacheOutcome outcome) => Sum(sums => Interlocked.Read(ref sums.Outcomes[(int)outcome]));

    public void Add(long receivedBytes, long sentBytes, CacheOutcome outcome)
    {
        Sums sums = _stripes.Current;
        if (receivedBytes > 0)
            Interlocked.Add(ref sums.ReceivedBytes, receivedBytes);
        if (sentBytes > 0)
            Interlocked.Add(ref sums.SentBytes, sentBytes);
        if (outcome != CacheOutcome.None)
            Interlocked.Increment(ref sums.Outcomes[(int)outcome]);
    }

    private long Sum(Func<Sums, long> read)
    {
        long sum = 0;
        foreach (Sums sums in _stripes.All)
            sum += read(sums);
        return sum;
    }

    private sealed class Sums
    {
        public readonly long[] Outcomes = new long[4];
        public long ReceivedBytes;
        public long SentBytes;
    }
}
