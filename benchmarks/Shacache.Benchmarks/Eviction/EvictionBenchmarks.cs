using Shacache.Benchmarks.Report;
using Shacache.Benchmarks.Session;
using Shacache.Core.Savings;

namespace Shacache.Benchmarks.Eviction;

/// <summary>How much of a generated trace each order of eviction answers from a store that holds a tenth of what is asked for: the ranks are the server's, the store is none.</summary>
internal sealed class EvictionBenchmarks : IBenchmark
{
    private static readonly (string Id, string Title, Func<TraceResult, double> Rate)[] Rates =
    [
        ("evict-requests", "evict-order cost, hits by requests", result => result.Requests),
        ("evict-bytes", "evict-order cost, hits by bytes", result => result.Bytes),
        ("evict-saved", "evict-order cost, hits by saved seconds", result => result.Seconds),
    ];

    public IReadOnlyList<string> Ids { get; } = [.. Rates.Select(rate => rate.Id)];

    public void Run(BenchmarkSession session)
    {
        TraceResult[] byCost = new TraceResult[session.Settings.Rounds];
        TraceResult[] byUse = new TraceResult[session.Settings.Rounds];
        for (int round = 0; round < session.Settings.Rounds; round++)
        {
            session.CancellationToken.ThrowIfCancellationRequested();
            var trace = new EvictionTrace(seed: round + 1);
            byCost[round] = trace.Replay(EvictionOrder.Cost);
            byUse[round] = trace.Replay(EvictionOrder.LeastRecent);
        }

        foreach ((string id, string title, Func<TraceResult, double> rate) in Rates)
        {
            session.Measure(id, () => new Measurement
            {
                Id = id,
                Title = title,
                Unit = "%",
                Programs = [new("", [.. byCost.Select(rate)], [.. byUse.Select(rate)])],
                Against = "least-recent",
            });
        }
    }
}
