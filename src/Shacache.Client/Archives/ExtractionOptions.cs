namespace Shacache.Client.Archives;

/// <summary>What an archive may do when it is extracted.</summary>
public sealed record ExtractionOptions
{
    /// <summary>The most bytes that the files may have together, holes counted; by default 64 GiB. Guards against archives that inflate without end.</summary>
    public long MaxContentBytes { get; init; } = 64L << 30;

    /// <summary>The most entries; by default 10 million.</summary>
    public long MaxEntries { get; init; } = 10_000_000;

    /// <summary>Whether set-uid and set-gid bits are accepted and restored; by default an archive that has them is refused.</summary>
    public bool AllowSetId { get; init; }

    /// <summary>Whether everything is on disk before the release appears, so that a power loss cannot leave it with empty files; by default yes.</summary>
    public bool FlushToDisk { get; init; } = true;
}
