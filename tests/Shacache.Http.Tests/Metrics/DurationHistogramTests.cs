using System.Diagnostics.Metrics;
using Shacache.Http.Metrics.Recording;

namespace Shacache.Http.Tests.Metrics;

public sealed class DurationHistogramTests
{
    private static readonly TimeSpan[] Durations = [TimeSpan.Zero, TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(5.1), TimeSpan.FromSeconds(2), TimeSpan.FromMinutes(1)];

    [Fact]
    public void Flush_ForALateListener_HandsOverEverythingOnce()
    {
        using var meter = new Meter($"test-{Guid.NewGuid():N}");
        var histogram = new DurationHistogram(meter, "duration", "A duration.");
        DurationHistogram.DurationSeries series = histogram.Add(new KeyValuePair<string, object?>("tag", "value"));
        foreach (TimeSpan duration in Durations)
            series.Add(duration);
        List<double> heard = [];
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter == meter)
                listener.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<double>((_, value, _, _) => heard.Add(value));
        histogram.Flush();
        listener.Start();

        histogram.Flush();
        histogram.Flush();

        Assert.Equal(Durations.Length, heard.Count);
        Assert.Equal(Durations.Sum(duration => duration.TotalSeconds), heard.Sum(), precision: 9);
        Assert.Equal(2, heard.Count(value => value <= 0.005));
    }

    [Fact]
    public void Add_ManyWithoutAListener_AsksForOne()
    {
        using var meter = new Meter($"test-{Guid.NewGuid():N}");
        int asked = 0;
        var histogram = new DurationHistogram(meter, "duration", "A duration.") { OnBacklog = () => asked++ };
        DurationHistogram.DurationSeries series = histogram.Add();

        for (int i = 0; i < DurationHistogram.MaxUnheard - 1; i++)
            series.Add(TimeSpan.Zero);
        Assert.Equal(0, asked);

        // Counted for each processor, and this thread may have moved between them.
        for (long i = 0; asked == 0 && i <= (long)Environment.ProcessorCount * DurationHistogram.MaxUnheard; i++)
            series.Add(TimeSpan.Zero);
        Assert.Equal(1, asked);
    }
}
