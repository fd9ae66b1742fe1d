namespace Shacache.Benchmarks.Archives;

/// <summary>One run of a process that is compared with another.</summary>
internal interface ITurn
{
    /// <summary>From the start of the process to its end.</summary>
    TimeSpan Elapsed { get; }

    /// <summary>The most memory that was resident.</summary>
    long PeakBytes { get; }
}
