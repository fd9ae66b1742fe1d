namespace Shacache.Client.Archives;

/// <summary>How a folder is archived.</summary>
public sealed record ArchiveOptions
{
    private const int MaxDefaultWorkers = 4;

    /// <summary>Cores that compress, at most 16; by default all, but at most four. The archive's bytes do not depend on it.</summary>
    /// <remarks>Each core more costs about four mebibytes. With four the whole process stays below 128 MiB, and compresses faster than most networks take it.</remarks>
    public int Workers { get; init; } = Math.Min(Environment.ProcessorCount, MaxDefaultWorkers);
}
