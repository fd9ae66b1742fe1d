namespace Shacache.Benchmarks.Session;

/// <summary>How much is measured.</summary>
/// <param name="Rounds">Rounds of each comparison; all sides run in each.</param>
/// <param name="Window">Length of one side's turn.</param>
/// <param name="WarmUp">Load before the first round, not counted.</param>
/// <param name="LargeRounds">Rounds of what takes seconds, such as transfers of 1 GiB.</param>
/// <param name="Entries">Entries in the filled directory.</param>
/// <param name="Objects">Objects in the filled index.</param>
/// <param name="ArchiveFiles">Files in the software release that is archived.</param>
/// <param name="UploadGibibytes">The longest upload.</param>
internal sealed record RunSettings(int Rounds, TimeSpan Window, TimeSpan WarmUp, int LargeRounds, int Entries, int Objects, int ArchiveFiles, int UploadGibibytes)
{
    /// <summary>Everything.</summary>
    public static RunSettings Full { get; } = new(5, TimeSpan.FromSeconds(1.5), TimeSpan.FromSeconds(1), 4, 1_000_000, 10_000_000, 10_000, 10);

    /// <summary>Everything, and rougher; what is filled is a tenth as large, or less.</summary>
    public static RunSettings Quick { get; } = new(3, TimeSpan.FromSeconds(0.6), TimeSpan.FromSeconds(0.5), 2, 100_000, 100_000, 4_000, 2);

    /// <summary>For the table of goals: more rounds, shorter ones.</summary>
    public static RunSettings Table { get; } = Full with { Rounds = 9, Window = TimeSpan.FromSeconds(1), LargeRounds = 5 };
}
