namespace Shacache.Benchmarks.Cases;

/// <summary>How much is measured.</summary>
/// <param name="Rounds">Rounds of each comparison; both sides run in each.</param>
/// <param name="Window">Length of one side's turn.</param>
/// <param name="WarmUp">Load before the first round, not counted.</param>
/// <param name="LargeRounds">Rounds of the 1 GiB transfers.</param>
/// <param name="Entries">Entries in the filled directory.</param>
/// <param name="ArchiveFiles">Files in the software release that is archived.</param>
internal sealed record RunSettings(int Rounds, TimeSpan Window, TimeSpan WarmUp, int LargeRounds, int Entries, int ArchiveFiles)
{
    /// <summary>Under 15 minutes on 2 cores.</summary>
    public static RunSettings Full { get; } = new(5, TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(1), 4, 1_000_000, 10_000);

    /// <summary>Under 3 minutes, and rougher; the filled directory is a tenth as large.</summary>
    public static RunSettings Quick { get; } = new(3, TimeSpan.FromSeconds(0.6), TimeSpan.FromSeconds(0.5), 2, 100_000, 4_000);
}
