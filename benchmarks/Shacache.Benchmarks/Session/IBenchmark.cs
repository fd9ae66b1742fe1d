namespace Shacache.Benchmarks.Session;

/// <summary>Measurements that share servers and content.</summary>
internal interface IBenchmark
{
    /// <summary>The measurements it can make.</summary>
    IReadOnlyList<string> Ids { get; }

    /// <summary>Makes those that the session wants.</summary>
    void Run(BenchmarkSession session);
}
