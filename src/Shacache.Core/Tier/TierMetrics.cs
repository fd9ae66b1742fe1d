using System.Diagnostics.Metrics;
using Shacache.Core.Blobs;

namespace Shacache.Core.Tier;

/// <summary>What is counted of the local tier. Names and units: docs/monitoring.md. Own sums, since nothing may listen before the first look at the metrics.</summary>
public sealed class TierMetrics : IDisposable
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Shacache";

    private readonly Meter _meter = new(MeterName);
    private long _hits;
    private long _misses;
    private long _filledBytes;
    private long _removals;

    /// <summary>Makes the instruments.</summary>
    public TierMetrics()
    {
        _meter.CreateObservableCounter("shacache.tier.hits", () => Interlocked.Read(ref _hits), "{read}", "Reads of objects that the local tier had.");
        _meter.CreateObservableCounter("shacache.tier.misses", () => Interlocked.Read(ref _misses), "{read}", "Reads of objects that came from the object store.");
        _meter.CreateObservableCounter("shacache.tier.filled.size", () => Interlocked.Read(ref _filledBytes), "By", "Bytes of objects that came into the local tier.");
        _meter.CreateObservableCounter("shacache.tier.removals", () => Interlocked.Read(ref _removals), "{object}", "Objects that were removed from the store, here or by other nodes, and so from the local tier.");
        _meter.CreateObservableCounter("shacache.tier.evicted.objects", () => FindEvicted().RemovedCount, "{object}", "Objects that were removed from the local tier to make room.");
        _meter.CreateObservableCounter("shacache.tier.evicted.size", () => FindEvicted().RemovedBytes, "By", "Bytes that were removed from the local tier to make room.");
        _meter.CreateObservableGauge("shacache.tier.size", () => FindSize(), "By", "Bytes of the objects in the local tier.");
        _meter.CreateObservableGauge("shacache.tier.current", () => IsCurrent() ? 1L : 0L, "1", "Whether the local tier may be served from: 1, or 0 while it is not known what other nodes removed although it could be.");
        _meter.CreateObservableGauge("shacache.tier.behind", () => FindUnheard().TotalSeconds, "s", "For how long the node has not heard what other nodes removed; 0 while it hears of it.");
    }

    /// <summary>Tells how much the tier holds, in bytes.</summary>
    public Func<long> FindSize { get; set; } = static () => 0;

    /// <summary>Tells what was removed to make room.</summary>
    public Func<EvictionTotals> FindEvicted { get; set; } = static () => default;

    /// <summary>Tells whether the tier may be served from.</summary>
    public Func<bool> IsCurrent { get; set; } = static () => true;

    /// <summary>Tells for how long nothing was heard of other nodes.</summary>
    public Func<TimeSpan> FindUnheard { get; set; } = static () => TimeSpan.Zero;

    /// <summary>The tier had what was to be read.</summary>
    public void NoteHit() => Interlocked.Increment(ref _hits);

    /// <summary>The store had it, and the tier did not.</summary>
    public void NoteMiss() => Interlocked.Increment(ref _misses);

    /// <summary>A blob came into the tier.</summary>
    public void NoteFilled(long bytes) => Interlocked.Add(ref _filledBytes, bytes);

    /// <summary>A blob was removed from the store.</summary>
    public void NoteRemoval() => Interlocked.Increment(ref _removals);

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
