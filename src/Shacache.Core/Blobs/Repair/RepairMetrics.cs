using System.Diagnostics.Metrics;

namespace Shacache.Core.Blobs.Repair;

/// <summary>What is counted of damage and its repair. Names and units: docs/monitoring.md. Own sums, since there may be no listener before the first look at the metrics.</summary>
public sealed class RepairMetrics : IDisposable
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Shacache";

    private readonly Meter _meter = new(MeterName);
    private long _comparedBytes;
    private long _damaged;
    private long _healed;

    /// <summary>Makes the instruments.</summary>
    public RepairMetrics()
    {
        _meter.CreateObservableCounter("shacache.scrub.size", () => Interlocked.Read(ref _comparedBytes), "By", "Bytes of content that were read by scrubs and compared with their digests.");
        _meter.CreateObservableCounter("shacache.scrub.damaged", () => Interlocked.Read(ref _damaged), "{object}", "Objects that were found damaged, by scrubs or when they were read.");
        _meter.CreateObservableCounter("shacache.scrub.healed", () => Interlocked.Read(ref _healed), "{object}", "Damaged objects that are whole again.");
    }

    /// <summary>Bytes were read and compared.</summary>
    public void NoteCompared(long bytes) => Interlocked.Add(ref _comparedBytes, bytes);

    /// <summary>A blob was found damaged.</summary>
    public void NoteDamaged() => Interlocked.Increment(ref _damaged);

    /// <summary>A blob is whole again.</summary>
    public void NoteHealed() => Interlocked.Increment(ref _healed);

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
