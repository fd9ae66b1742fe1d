using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Shacache.Http.Metrics.Recording;

/// <summary>A histogram of durations that forgets nothing while there is no listener, and costs a request no more than an addition.</summary>
/// <remarks>
/// Durations gather by tags and bucket, as a number and a sum, and are handed to the instrument before it is read (<see cref="Flush"/>), each with the mean of
/// its bucket: so counts, buckets and sums are the same as if each had been recorded at once.
/// </remarks>
internal sealed class DurationHistogram
{
    /// <summary>The bounds that OpenTelemetry recommends for HTTP, in seconds.</summary>
    private static readonly double[] Bounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
    private static readonly long[] BoundTicks = [.. Bounds.Select(bound => (long)(bound * TimeSpan.TicksPerSecond))];

    /// <summary>As many of one series and processor are handed over at once, in the background: a reader that comes seldom is not to wait for millions.</summary>
    private const int MaxWaiting = 8192;

    /// <summary>As many of one series and processor may wait for the first listener, which then waits for them for some tenths of a second.</summary>
    public const int MaxUnheard = 1 << 22;

    private readonly Histogram<double> _instrument;
    private readonly ConcurrentBag<DurationSeries> _series = [];
    private readonly Lock _flushing = new();
    private int _isFlushing;

    public DurationHistogram(Meter meter, string name, string description)
    {
        _instrument = meter.CreateHistogram(
            name, "s", description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = Bounds });
    }

    /// <summary>Called, on any thread, when so much waits that a listener should take it.</summary>
    public Action? OnBacklog { get; set; }

    /// <summary>Begins a series.</summary>
    /// <param name="tags">Its tags.</param>
    public DurationSeries Add(params KeyValuePair<string, object?>[] tags)
    {
        var series = new DurationSeries(this, tags);
        _series.Add(series);
        return series;
    }

    /// <summary>Hands over what waits, if there is a listener. A reader of the instrument calls it first.</summary>
    public void Flush()
    {
        if (!_instrument.Enabled)
            return;
        lock (_flushing)
        {
            foreach (DurationSeries series in _series)
                series.MoveTo(_instrument);
        }
    }

    private void FlushSoon()
    {
        if (Interlocked.Exchange(ref _isFlushing, 1) == 1)
            return;
        ThreadPool.UnsafeQueueUserWorkItem(
            static histogram =>
            {
                histogram.Flush();
                Volatile.Write(ref histogram._isFlushing, 0);
            },
            this,
            preferLocal: false);
    }

    /// <summary>Durations with the same tags.</summary>
    internal sealed class DurationSeries(DurationHistogram histogram, KeyValuePair<string, object?>[] tags)
    {
        private readonly Stripes<Gathered> _stripes = new(static () => new Gathered());

        public void Add(TimeSpan duration)
        {
            int bucket = 0;
            while (bucket < BoundTicks.Length && duration.Ticks > BoundTicks[bucket])
                bucket++;
            int waiting = _stripes.Current.Add(bucket, duration.Ticks);

            if (waiting % MaxWaiting != 0)
                return;
            if (histogram._instrument.Enabled)
                histogram.FlushSoon();
            else if (waiting >= MaxUnheard)
                histogram.OnBacklog?.Invoke();
        }

        /// <summary>Hands over what waits. For one caller at a time.</summary>
        public void MoveTo(Histogram<double> instrument)
        {
            Span<long> counts = stackalloc long[Bounds.Length + 1];
            Span<long> ticks = stackalloc long[Bounds.Length + 1];
            counts.Clear();
            ticks.Clear();
            foreach (Gathered gathered in _stripes.All)
                gathered.MoveTo(counts, ticks);
            for (int bucket = 0; bucket < counts.Length; bucket++)
            {
                if (counts[bucket] == 0)
                    continue;
                double mean = ticks[bucket] / (double)counts[bucket] / TimeSpan.TicksPerSecond;
                if (bucket < Bounds.Length)
                    mean = Math.Min(mean, Bounds[bucket]);
                for (long i = 0; i < counts[bucket]; i++)
                    instrument.Record(mean, tags);
            }
        }
    }

    /// <summary>What one processor has gathered of a series.</summary>
    private sealed class Gathered
    {
        private readonly Lock _gate = new();
        private readonly long[] _counts = new long[Bounds.Length + 1];
        private readonly long[] _ticks = new long[Bounds.Length + 1];
        private int _waiting;

        /// <returns>How many wait here now.</returns>
        public int Add(int bucket, long ticks)
        {
            lock (_gate)
            {
                _counts[bucket]++;
                _ticks[bucket] += ticks;
                return ++_waiting;
            }
        }

        public void MoveTo(Span<long> counts, Span<long> ticks)
        {
            lock (_gate)
            {
                if (_waiting == 0)
                    return;
                for (int bucket = 0; bucket < counts.Length; bucket++)
                {
                    counts[bucket] += _counts[bucket];
                    ticks[bucket] += _ticks[bucket];
                }

                Array.Clear(_counts);
                Array.Clear(_ticks);
                _waiting = 0;
            }
        }
    }
}
