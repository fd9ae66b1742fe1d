using System.Diagnostics.Metrics;

namespace Shacache.Core.Savings;

/// <summary>Counts what was saved since the start. Names, units and tags: docs/operating.md, "Metrics".</summary>
public sealed class SavingsMeter : IDisposable
{
    /// <summary>The name of the meter.</summary>
    public const string Name = "Shacache";

    private readonly Meter _meter = new(Name);
    private readonly Counter<long> _size;
    private readonly Counter<double> _time;

    /// <summary>Creates the instruments.</summary>
    public SavingsMeter()
    {
        _size = _meter.CreateCounter<long>("shacache.saved.size", "By", "Content that was sent from here, and so neither by an origin nor by an upstream.");
        _time = _meter.CreateCounter<double>("shacache.saved.time", "s", "Builds and downloads that clients did not wait for.");
    }

    /// <summary>Counts.</summary>
    /// <param name="savings">Each with its cache and prefix.</param>
    public void Add(IReadOnlyList<Saving> savings)
    {
        ArgumentNullException.ThrowIfNull(savings);
        foreach (Saving saving in savings)
        {
            KeyValuePair<string, object?> cache = new("cache", CacheKinds.WordFor(saving.Cache!.Value));
            KeyValuePair<string, object?> prefix = new("prefix", saving.Prefix);
            _size.Add(saving.Bytes, cache, prefix);
            if (saving.BuildTime > TimeSpan.Zero)
                _time.Add(saving.BuildTime.TotalSeconds, cache, prefix, new("of", "build"));
            if (saving.DownloadTime > TimeSpan.Zero)
                _time.Add(saving.DownloadTime.TotalSeconds, cache, prefix, new("of", "download"));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
