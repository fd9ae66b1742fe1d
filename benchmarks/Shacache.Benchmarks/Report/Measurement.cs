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

    /// <summary>What we are compared with.</summary>
    public string Against { get; init; } = "";

    /// <summary>The part of each program, in the order of the columns.</summary>
    public IReadOnlyList<ProgramResult> Programs { get; init; } = [];

    public Goal? Goal => Goals.Find(Id);

    public static double Median(IReadOnlyList<double> values)
    {
        if (values.Count == 0)
            return double.NaN;
        double[] sorted = [.. values.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
