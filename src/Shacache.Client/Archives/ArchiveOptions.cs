namespace Shacache.Client.Archives;

/// <summary>How a folder is archived.</summary>
public sealed record ArchiveOptions
{
    /// <summary>Cores that compress; by default all, of which 16 are used. The archive's bytes do not depend on it.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;
}
