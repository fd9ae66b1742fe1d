namespace Shacache.Benchmarks.Report;

/// <summary>One line of the result: what was measured in each round.</summary>
internal sealed record Measurement
{
    /// <summary>The name to give to <c>--only</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The name to read.</summary>
    public required string Title { get; init; }

    /// <summary>Unit of the values.</summary>
    public required string Unit { get; init; }

    /// <summary>Our values, one for each round.</summary>
    public required IReadOnlyList<double> Ours { get; init; }

    /// <summary>Those of what we are compared with, from the same rounds; empty when there is no such thing.</summary>
    public IReadOnlyList<double> Theirs { get; init; } = [];

    /// <summary>What we are compared with.</summary>
    public string Against { get; init; } = "";

    /// <summary>Processor time for each request, in microseconds: the server's, and that of what it is compared with. 0: not measured.</summary>
    public double OurCpuMicroseconds { get; init; }

    /// <inheritdoc cref="OurCpuMicroseconds"/>
    public double TheirCpuMicroseconds { get; init; }

    /// <summary>Ours divided by theirs, round by round.</summary>
    public IReadOnlyList<double> Ratios => [.. Ours.Zip(Theirs, (ours, theirs) => ours / theirs)];

    public Goal? Goal => Goals.Find(Id);

    /// <summary>What the goal is about: the median ratio, or the median itself where nothing is compared.</summary>
    public double Judged => Theirs.Count > 0 ? Median(Ratios) : Median(Ours);

    public static double Median(IReadOnlyList<double> values)
    {
        if (values.Count == 0)
            return double.NaN;
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
