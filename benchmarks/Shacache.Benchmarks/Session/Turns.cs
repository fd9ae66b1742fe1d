namespace Shacache.Benchmarks.Session;

/// <summary>Lets several sides take turns, so that all see the same machine.</summary>
internal static class Turns
{
    /// <summary>Each side once in each round: A B C, C B A, …, so that none profits from its place.</summary>
    /// <returns>The turns of each side.</returns>
    public static IReadOnlyList<IReadOnlyList<T>> Take<T>(BenchmarkSession session, int rounds, IReadOnlyList<Func<T>> sides)
    {
        List<T>[] turns = [.. sides.Select(_ => new List<T>(rounds))];
        for (int round = 0; round < rounds; round++)
        {
            foreach (int side in round % 2 == 0 ? Enumerable.Range(0, sides.Count) : Enumerable.Range(0, sides.Count).Reverse())
            {
                session.CancellationToken.ThrowIfCancellationRequested();
                turns[side].Add(sides[side]());
            }
        }

        return turns;
    }
}
