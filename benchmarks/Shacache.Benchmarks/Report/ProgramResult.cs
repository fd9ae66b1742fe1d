namespace Shacache.Benchmarks.Report;

/// <summary>What one of our programs did.</summary>
/// <param name="program">Its name; empty where the benchmark program itself did it.</param>
/// <param name="ours">Its values, one for each round.</param>
/// <param name="theirs">Those of what it is compared with, from the same rounds; null when there is no such thing.</param>
internal sealed class ProgramResult(string program, IReadOnlyList<double> ours, IReadOnlyList<double>? theirs = null)
{
    public string Program => program;

    public IReadOnlyList<double> Ours => ours;

    public IReadOnlyList<double> Theirs { get; } = theirs ?? [];

    /// <summary>Processor time for each request, in microseconds: our server's, and that of what it is compared with. 0: not measured.</summary>
    public double OurCpuMicroseconds { get; init; }

    /// <inheritdoc cref="OurCpuMicroseconds"/>
    public double TheirCpuMicroseconds { get; init; }

    /// <summary>Ours divided by theirs, round by round.</summary>
    public IReadOnlyList<double> Ratios => [.. Ours.Zip(Theirs, (mine, other) => mine / other)];

    /// <summary>What varies over the rounds, and what the goal is about the median of: the ratios, or the values where nothing is compared.</summary>
    public IReadOnlyList<double> Judged => Theirs.Count > 0 ? Ratios : Ours;
}
