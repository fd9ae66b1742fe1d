using System.Diagnostics.Metrics;

namespace Shacache.Core.Savings;

/// <summary>Counts what was saved since the start. Names, units and tags: docs/monitoring.md. Own sums, since there may be no listener before the first look at the metrics.</summary>
/// <remarks>As many sums as there are prefixes (<see cref="KeyPrefix"/>), whose number is bounded. Safe for concurrent use.</remarks>
public sealed class SavingsMeter : IDisposable
{
    /// <summary>The name of the meter.</summary>
    public const string Name = "Shacache";

    private readonly Meter _meter = new(Name);
    private readonly Lock _gate = new();
    private readonly Dictionary<(CacheKind Cache, string? Prefix), Sum> _sums = [];

    /// <summary>Creates the instruments.</summary>
    public SavingsMeter()
    {
        _meter.CreateObservableCounter("shacache.saved.size", MeasureSizes, "By", "Content that was sent from here, and so neither by an origin nor by an upstream.");
        _meter.CreateObservableCounter("shacache.saved.time", MeasureTimes, "s", "Builds and downloads that clients did not wait for.");
    }

    /// <summary>Counts.</summary>
    /// <param name="savings">Each with its cache and prefix.</param>
    public void Add(IReadOnlyList<Saving> savings)
    {
        ArgumentNullException.ThrowIfNull(savings);
        lock (_gate)
        {
            foreach (Saving saving in savings)
            {
                (CacheKind, string?) place = (saving.Cache!.Value, saving.Prefix);
                Sum sum = _sums.GetValueOrDefault(place);
                _sums[place] = new Sum(sum.Bytes + saving.Bytes, sum.BuildTime + saving.BuildTime, sum.DownloadTime + saving.DownloadTime);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    private static KeyValuePair<string, object?>[] TagsOf((CacheKind Cache, string? Prefix) place) =>
        [new("cache", CacheKinds.WordFor(place.Cache)), new("prefix", place.Prefix)];

    private List<Measurement<long>> MeasureSizes()
    {
        lock (_gate)
            return [.. _sums.Select(pair => new Measurement<long>(pair.Value.Bytes, TagsOf(pair.Key)))];
    }

    private List<Measurement<double>> MeasureTimes()
    {
        lock (_gate)
            return [.. _sums.SelectMany(pair => Measure(TagsOf(pair.Key), pair.Value))];
    }

    private static IEnumerable<Measurement<double>> Measure(KeyValuePair<string, object?>[] tags, Sum sum)
    {
        if (sum.BuildTime > TimeSpan.Zero)
            yield return new Measurement<double>(sum.BuildTime.TotalSeconds, [.. tags, new("of", "build")]);
        if (sum.DownloadTime > TimeSpan.Zero)
            yield return new Measurement<double>(sum.DownloadTime.TotalSeconds, [.. tags, new("of", "download")]);
    }

    private readonly record struct Sum(long Bytes, TimeSpan BuildTime, TimeSpan DownloadTime);
}
