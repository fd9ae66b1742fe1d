using System.Diagnostics.Metrics;
using Shacache.Core.Blobs.Repair;

namespace Shacache.Core.Tests.Blobs;

public sealed class RepairMetricsTests
{
    [Fact]
    public void Note_EachKind_IsCounted_AlsoBeforeAnybodyListens()
    {
        using var metrics = new RepairMetrics();
        metrics.NoteCompared(5000);
        metrics.NoteDamaged();
        metrics.NoteHealed();

        // Other tests have meters of this name meanwhile.
        Dictionary<(Meter Meter, string Name), long> found = [];
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, own) =>
        {
            if (instrument.Meter.Name == RepairMetrics.MeterName && instrument.Name.StartsWith("shacache.scrub.", StringComparison.Ordinal))
                own.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => found[(instrument.Meter, instrument.Name)] = value);
        listener.Start();
        listener.RecordObservableInstruments();
        Assert.Contains(
            found.Keys.Select(key => key.Meter).Distinct(),
            meter => (found[(meter, "shacache.scrub.size")], found[(meter, "shacache.scrub.damaged")], found[(meter, "shacache.scrub.healed")]) == (5000L, 1L, 1L));
    }
}
