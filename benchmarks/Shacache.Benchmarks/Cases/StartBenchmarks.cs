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
            double elapsed = StartMs(() => ShacacheServer.Start(dataFolder, session.CancellationToken));
            if (round > 0)
                startMs.Add(elapsed);
        }

        return new Measurement { Id = id, Title = title, Unit = "ms", Ours = startMs };
    }

    /// <summary>Milliseconds until a server that is started has answered; it is stopped again.</summary>
    internal static double StartMs(Func<ShacacheServer> start)
    {
        long begin = Stopwatch.GetTimestamp();
        using ShacacheServer server = start();
        return Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
    }
}
