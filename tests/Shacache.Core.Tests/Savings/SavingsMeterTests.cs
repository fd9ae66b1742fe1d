using System.Diagnostics.Metrics;
using Shacache.Core.Savings;

namespace Shacache.Core.Tests.Savings;

public sealed class SavingsMeterTests
{
    [Fact]
    public void Add_Savings_AreCountedByCacheAndPrefix()
    {
        string prefix = $"{Guid.NewGuid():N}:";
        Dictionary<string, double> sums = new(StringComparer.Ordinal);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == SavingsMeter.Name)
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        void Note(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            if (Array.Exists(tags.ToArray(), tag => prefix.Equals(tag.Value)))
                sums[$"{instrument.Name} {instrument.Unit} {string.Join(' ', tags.ToArray().Select(tag => tag.Value))}"] = value;
        }

        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Note(instrument, value, tags));
        using var meter = new SavingsMeter();
        meter.Add([new Saving(null, CacheKind.Binary, prefix, 4, TimeSpan.FromMinutes(1), TimeSpan.Zero)]);
        listener.Start();
        meter.Add([new Saving(null, CacheKind.Binary, prefix, 6, TimeSpan.Zero, TimeSpan.FromSeconds(2))]);
        listener.RecordObservableInstruments();
        Assert.Equal(
            [$"shacache.saved.size By binary {prefix} 10", $"shacache.saved.time s binary {prefix} build 60", $"shacache.saved.time s binary {prefix} download 2"],
            sums.Select(sum => $"{sum.Key} {sum.Value}").Order(StringComparer.Ordinal));
    }
}
