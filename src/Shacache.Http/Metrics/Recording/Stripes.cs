using System.Numerics;

namespace Shacache.Http.Metrics.Recording;

/// <summary>One of something for each processor, nearly: what every request adds to is not to wander between the caches of the processors.</summary>
/// <param name="create">Makes one.</param>
internal sealed class Stripes<T>(Func<T> create)
    where T : class
{
    private const int Max = 16;

    private static readonly int Count = (int)Math.Min(Max, BitOperations.RoundUpToPowerOf2((uint)Environment.ProcessorCount));

    private readonly T[] _all = [.. Enumerable.Range(0, Count).Select(_ => create())];

    /// <summary>That of the processor that runs this. Another one may have it at the same moment.</summary>
    public T Current => _all[Thread.GetCurrentProcessorId() & (Count - 1)];

    /// <summary>All of them.</summary>
    public ReadOnlySpan<T> All => _all;
}
