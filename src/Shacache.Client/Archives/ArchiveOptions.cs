namespace Shacache.Client.Archives;

/// <summary>How a folder is archived.</summary>
public sealed record ArchiveOptions
{
    private const int MaxDefaultWorkers = 4;

    /// <summary>Cores that compress, at most 16; by default all, but at most four. The archive's bytes do not depend on it.</summary>
    /// <remarks>Each core more costs about four mebibytes. With four the whole process stays below 128 MiB, and compresses faster than most networks take it.</remarks>
    public int Workers { get; init; } = Math.Min(Environment.ProcessorCount, MaxDefaultWorkers);

    /// <summary>Whether names and numbers of users and groups are written; by default yes. Without them whoever extracts the archive decides.</summary>
    public bool KeepOwners { get; init; } = true;

    /// <summary>Whether files that hold credentials are archived too; by default they are left out with a warning (<see cref="ArchiveSummary.Warnings"/>).</summary>
    public bool WithCredentials { get; init; }

    /// <summary>Names directly in the folder that are left out without a warning; by default none.</summary>
    public IReadOnlyCollection<string> LeftOut { get; init; } = [];
}
