using System.Diagnostics;
using Shacache.Benchmarks.Report;
using Shacache.Benchmarks.Servers;

namespace Shacache.Benchmarks.Cases;

/// <summary>From the start of the process to the first answer.</summary>
internal sealed class StartBenchmarks : IBenchmark
{
    private const string Empty = "start-empty";

    public IReadOnlyList<string> Ids { get; } = [Empty];

    public void Run(BenchmarkSession session) =>
        session.Measure(Empty, () => Measure(session, Empty, "first answer, empty store", session.PathOf("start-data")));

    /// <summary>Starts and stops a server on a data folder, several times; the first time is not counted.</summary>
    public static Measurement Measure(BenchmarkSession session, string id, string title, string dataFolder)
    {
        List<double> startMs = [];
        for (int round = 0; round <= session.Settings.Rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            using var ours = ShacacheServer.Start(dataFolder, session.CancellationToken);
            if (round > 0)
                startMs.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return new Measurement { Id = id, Title = title, Unit = "ms", Ours = startMs };
    }
}
