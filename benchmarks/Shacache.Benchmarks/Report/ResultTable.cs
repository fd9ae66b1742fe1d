namespace Shacache.Benchmarks.Report;

/// <summary>Prints the measurements, each as soon as it is done.</summary>
/// <param name="output">Where to.</param>
/// <param name="programs">The names of our programs, a group of columns each.</param>
internal sealed class ResultTable(TextWriter output, IReadOnlyList<string> programs)
{
    private readonly List<Measurement> _measurements = [];
    private readonly List<(string Id, string Problem)> _failures = [];
    private readonly List<(string Id, string Reason)> _skips = [];

    public IReadOnlyList<Measurement> Measurements => _measurements;

    public IReadOnlyList<(string Id, string Problem)> Failures => _failures;

    public IReadOnlyList<(string Id, string Reason)> Skips => _skips;

    public void PrintHeader()
    {
        string head = Row(
            ["measurement", "unit", "theirs", "cpu us", "against", "to reach", "ambitious"],
            [.. programs.Select((name, place) => new[] { name, "ratio", "min-max", "cpu us", place == 0 ? "" : "/ " + programs[0], "" })]);
        output.WriteLine(head);
        output.WriteLine(new string('-', head.Length));
    }

    public void Add(Measurement m)
    {
        _measurements.Add(m);
        ProgramResult first = m.Programs[0];
        output.WriteLine(Row(
            [
                m.Title, m.Unit, Short(Measurement.Median(first.Theirs)), ShortTime(first.TheirCpuMicroseconds), m.Against,
                m.Goal is null ? "" : Short(m.Goal.ToReach), m.Goal is null ? "" : Short(m.Goal.Ambitious),
            ],
            [.. m.Programs.Select(program => Cells(m, program))]));
    }

    public void AddFailure(string id, string problem)
    {
        _failures.Add((id, problem));
        output.WriteLine($"{id}: FAILED: {problem}");
    }

    /// <summary>Says why a measurement is not made. That is no failure.</summary>
    public void AddSkip(string id, string reason)
    {
        _skips.Add((id, reason));
        output.WriteLine($"{id}: not measured: {reason}");
    }

    public void PrintSummary()
    {
        output.WriteLine();
        for (int place = 0; place < programs.Count; place++)
        {
            // What the benchmark program itself does is in the first columns.
            int Count(string verdict) => _measurements.Count(m => place < m.Programs.Count && m.Goal?.Judge(Measurement.Median(m.Programs[place].Judged)) == verdict);
            output.WriteLine($"{programs[place]}: {Count("ambitious")} reach the ambitious goal, {Count("reached")} the one to reach, {Count("MISSED")} miss it.");
        }

        if (_failures.Count > 0)
            output.WriteLine($"{_failures.Count} FAILED.");
    }

    private static string[] Cells(Measurement m, ProgramResult program)
    {
        double judged = Measurement.Median(program.Judged);
        bool isFirst = ReferenceEquals(program, m.Programs[0]);
        return
        [
            Short(Measurement.Median(program.Ours)),
            program.Theirs.Count > 0 ? Short(judged) : "",
            program.Judged.Count > 1 ? $"{Short(program.Judged.Min())}-{Short(program.Judged.Max())}" : "",
            ShortTime(program.OurCpuMicroseconds),
            isFirst ? "" : Short(Measurement.Median([.. program.Ours.Zip(m.Programs[0].Ours, (mine, other) => mine / other)])),
            m.Goal?.Judge(judged) ?? "",
        ];
    }

    /// <summary>Three significant digits, thousands in full.</summary>
    private static string Short(double value) => Math.Abs(value) switch
    {
        double.NaN => "",
        >= 100 => value.ToString("#,##0"),
        >= 10 => value.ToString("0.0"),
        _ => value.ToString("0.00"),
    };

    private static string ShortTime(double microseconds) => microseconds > 0 ? Short(microseconds) : "";

    private static string Row(string[] common, string[][] ofPrograms) => string.Concat(
        common[0].PadRight(45),
        common[1].PadRight(9),
        common[2].PadLeft(8),
        common[3].PadLeft(8),
        "  ",
        common[4].PadRight(14),
        common[5].PadLeft(8),
        common[6].PadLeft(10),
        string.Concat(ofPrograms.Select((cells, place) => string.Concat(
            cells[0].PadLeft(11), cells[1].PadLeft(6), cells[2].PadLeft(14), cells[3].PadLeft(9), place == 0 ? "" : cells[4].PadLeft(12), "  ", cells[5].PadRight(9))))).TrimEnd();
}
