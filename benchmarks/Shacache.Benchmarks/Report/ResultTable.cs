namespace Shacache.Benchmarks.Report;

/// <summary>Prints the measurements, each as soon as it is done.</summary>
internal sealed class ResultTable(TextWriter output)
{
    private readonly List<Measurement> _measurements = [];
    private readonly List<(string Id, string Problem)> _failures = [];

    public IReadOnlyList<Measurement> Measurements => _measurements;

    public IReadOnlyList<(string Id, string Problem)> Failures => _failures;

    public void PrintHeader()
    {
        Print("measurement", "unit", "ours", "theirs", "against", "ratio", "min", "max", "minimal", "ambitious", "reached", "cpu us", "theirs");
        output.WriteLine(new string('-', 158));
    }

    public void Add(Measurement m)
    {
        _measurements.Add(m);
        bool compared = m.Theirs.Count > 0;
        IReadOnlyList<double> spread = compared ? m.Ratios : m.Ours;
        Print(
            m.Title,
            m.Unit,
            Short(Measurement.Median(m.Ours)),
            Short(Measurement.Median(m.Theirs)),
            m.Against,
            compared ? Short(m.Judged) : "",
            Short(spread.Min()),
            Short(spread.Max()),
            m.Goal is null ? "" : Short(m.Goal.Minimal),
            m.Goal is null ? "" : Short(m.Goal.Ambitious),
            m.Goal?.Judge(m.Judged) ?? "",
            m.OurCpuMicroseconds > 0 ? Short(m.OurCpuMicroseconds) : "",
            m.TheirCpuMicroseconds > 0 ? Short(m.TheirCpuMicroseconds) : "");
    }

    public void AddFailure(string id, string problem)
    {
        _failures.Add((id, problem));
        output.WriteLine($"{id}: FAILED: {problem}");
    }

    public void PrintSummary()
    {
        int Count(string verdict) => _measurements.Count(m => m.Goal?.Judge(m.Judged) == verdict);
        output.WriteLine();
        output.WriteLine(
            $"{Count("ambitious")} reach the ambitious goal, {Count("minimal")} the minimal one, {Count("MISSED")} miss it; {_failures.Count} failed.");
    }

    /// <summary>Three significant digits, thousands in full.</summary>
    private static string Short(double value) => Math.Abs(value) switch
    {
        double.NaN => "",
        >= 100 => value.ToString("#,##0"),
        >= 10 => value.ToString("0.0"),
        _ => value.ToString("0.00"),
    };

    private void Print(params string[] cells) =>
        output.WriteLine(string.Concat(
            cells[0].PadRight(44),
            cells[1].PadRight(7),
            string.Concat(cells[2..4].Select(cell => cell.PadLeft(9))),
            "  ",
            cells[4].PadRight(13),
            string.Concat(cells[5..8].Select(cell => cell.PadLeft(7))),
            string.Concat(cells[8..10].Select(cell => cell.PadLeft(10))),
            "  ",
            cells[10].PadRight(9),
            string.Concat(cells[11..].Select(cell => cell.PadLeft(9)))).TrimEnd());
}
