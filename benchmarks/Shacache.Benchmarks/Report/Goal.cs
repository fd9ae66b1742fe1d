namespace Shacache.Benchmarks.Report;

/// <summary>What is to be reached.</summary>
/// <param name="ToReach">Less is a defect.</param>
/// <param name="Ambitious">As good as the best technique that was measured.</param>
/// <param name="LowerIsBetter">For times and memory.</param>
internal sealed record Goal(double ToReach, double Ambitious, bool LowerIsBetter = false)
{
    /// <summary>Which of the two a value reaches, in one word.</summary>
    public string Judge(double value)
    {
        if (LowerIsBetter ? value <= Ambitious : value >= Ambitious)
            return "ambitious";
        return (LowerIsBetter ? value <= ToReach : value >= ToReach) ? "reached" : "MISSED";
    }
}
