using System.Diagnostics.Metrics;

namespace Shacache.Core.Blobs.Repair;

/// <summary>What is counted of damage and its repair. Names and units: docs/operating.md, "Metrics".</summary>
public sealed class RepairMetrics : IDisposable
{
    /// <summary>The name of the meter.</summary>
    public const string MeterName = "Shacache";

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _size;
    private readonly Counter<long> _damaged;
    private readonly Counter<long> _healed;

    /// <summary>Makes the instruments.</summary>
    public RepairMetrics()
    {
        _size = _meter.CreateCounter<long>("shacache.scrub.size", "By", "Bytes of content that were read by scrubs and compared with their digests.");
        _damaged = _meter.CreateCounter<long>("shacache.scrub.damaged", "{object}", "Objects that were found damaged, by scrubs or when they were read.");
        _healed = _meter.CreateCounter<long>("shacache.scrub.healed", "{object}", "Damaged objects that are whole again.");
    }

    /// <summary>Bytes were read and compared.</summary>
    public void NoteCompared(long bytes) => _size.Add(bytes);

    /// <summary>A blob was found damaged.</summary>
    public void NoteDamaged() => _damaged.Add(1);

    /// <summary>A blob is whole again.</summary>
    public void NoteHealed() => _healed.Add(1);

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
