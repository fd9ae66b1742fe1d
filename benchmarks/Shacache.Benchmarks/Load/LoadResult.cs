namespace Shacache.Benchmarks.Load;

/// <summary>What a load achieved.</summary>
/// <param name="Requests">Requests that were answered in full.</param>
/// <param name="BodyBytes">Bytes of bodies that arrived, those of unfinished answers included.</param>
/// <param name="Answers">Answers, and parts of answers where their length is known.</param>
/// <param name="Elapsed">The time it took.</param>
internal readonly record struct LoadResult(long Requests, long BodyBytes, double Answers, TimeSpan Elapsed)
{
    public double RequestsPerSecond => Requests / Elapsed.TotalSeconds;

    public double BytesPerSecond => BodyBytes / Elapsed.TotalSeconds;

    /// <summary>What several threads achieved together.</summary>
    public static LoadResult Sum(IReadOnlyCollection<LoadResult> parts) =>
        new(parts.Sum(part => part.Requests), parts.Sum(part => part.BodyBytes), parts.Sum(part => part.Answers), parts.Max(part => part.Elapsed));
}
