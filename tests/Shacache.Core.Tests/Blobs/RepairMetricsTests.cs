using System.Diagnostics.Metrics;
using Shacache.Core.Blobs.Repair;
using Shacache.Testing;

namespace Shacache.Core.Tests.Blobs;

public sealed class RepairMetricsTests
{
    [Fact]
    public void OperatingDocument_ListsEveryInstrumentWithItsUnit()
    {
        List<string> rows = [];
        using (var listener = new MeterListener())
        {
            listener.InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Name.StartsWith("shacache.scrub.", StringComparison.Ordinal))
                {
                    lock (rows)
                        rows.Add($"| `{instrument.Name}` | `{instrument.Unit}` |");
                }
            };
            listener.Start();
            using var metrics = new RepairMetrics();
        }

        string document = File.ReadAllText(Path.Combine(Repository.Root, "docs", "operating.md"));
        lock (rows)
        {
            Assert.Equal(3, rows.Distinct().Count());
            Assert.All(rows, row => Assert.Contains(row, document, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Note_EachKind_IsCounted()
    {
        Dictionary<string, long> sums = [];
        using var metrics = new RepairMetrics();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, own) =>
        {
            if (instrument.Meter.Name == RepairMetrics.MeterName && instrument.Name.StartsWith("shacache.scrub.", StringComparison.Ordinal))
                own.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => sums[instrument.Name] = sums.GetValueOrDefault(instrument.Name) + value);
        listener.Start();
        metrics.NoteCompared(5000);
        metrics.NoteDamaged();
        metrics.NoteHealed();
        Assert.Equal((5000L, 1L, 1L), (sums["shacache.scrub.size"], sums["shacache.scrub.damaged"], sums["shacache.scrub.healed"]));
    }
}
