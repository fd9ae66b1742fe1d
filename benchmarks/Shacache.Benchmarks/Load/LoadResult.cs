namespace Shacache.Benchmarks.Load;

/// <summary>What a load achieved.</summary>
/// <param name="Requests">Requests that were answered in full.</param>
/// <param name="BodyBytes">Bytes of bodies that arrived, those of unfinished answers included.</param>
/// <param name="Elapsed">The time it took.</param>
internal readonly record struct LoadResult(long Requests, long BodyBytes, TimeSpan Elapsed)
{
    public double RequestsPerSecond => Requests / Elapsed.TotalSeconds;

    public double BytesPerSecond => BodyBytes / Elapsed.TotalSeconds;
}
