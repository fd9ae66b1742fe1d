namespace Shacache.Benchmarks.Micro;

/// <summary>What one operation costs.</summary>
/// <param name="Name">The operation.</param>
/// <param name="Nanoseconds">Median time.</param>
/// <param name="MinNanoseconds">Of the fastest round.</param>
/// <param name="MaxNanoseconds">Of the slowest round.</param>
/// <param name="AllocatedBytes">On the managed heap, by all threads.</param>
internal sealed record MicroResult(string Name, double Nanoseconds, double MinNanoseconds, double MaxNanoseconds, double AllocatedBytes);
