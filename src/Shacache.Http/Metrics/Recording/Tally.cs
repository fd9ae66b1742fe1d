using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Shacache.Http.Metrics.Recording;

/// <summary>Counts since the start, by the values of up to two tags: exact, also for a listener that comes later. Safe for concurrent use.</summary>
/// <remarks>A <see cref="Counter{T}"/> forgets what it counted without a listener, and metrics are set up when they are first asked for.</remarks>
/// <param name="tags">The names of the tags, at most two. Their values must be of a bounded set.</param>
internal sealed class Tally(params string[] tags)
{
    private readonly ConcurrentDictionary<(string First, string Second), Series> _series = new();

    /// <summary>Counts.</summary>
    /// <param name="count">How much; not negative.</param>
    /// <param name="first">Value of the first tag.</param>
    /// <param name="second">Value of the second tag.</param>
    public void Add(long count, string first = "", string second = "") => Find((first, second)).Add(count);

    /// <summary>Has combinations shown that were not counted yet, so that a rate over them begins at 0.</summary>
    public void Expect(string first = "", string second = "") => Find((first, second));

    /// <summary>All counts, for an observable counter.</summary>
    public IEnumerable<Measurement<long>> Measure() => _series.Values.Select(series => series.Measure());

    private Series Find((string First, string Second) values) =>
        _series.TryGetValue(values, out Series? found)
            ? found
            : _series.GetOrAdd(values, static (added, names) => new Series([.. names.Zip([added.First, added.Second], (name, value) => new KeyValuePair<string, object?>(name, value))]), tags);

    private sealed class Series(KeyValuePair<string, object?>[] tags)
    {
        private readonly Stripes<Sum> _stripes = new(static () => new Sum());

        public void Add(long count) => Interlocked.Add(ref _stripes.Current.Count, count);

        public Measurement<long> Measure()
        {
            long count = 0;
            foreach (Sum sum in _stripes.All)
                count += Interlocked.Read(ref sum.Count);
            return new Measurement<long>(count, tags);
        }
    }

    private sealed class Sum
    {
        public long Count;
    }
}
