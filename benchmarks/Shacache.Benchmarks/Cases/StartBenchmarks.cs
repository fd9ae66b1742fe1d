using System.Diagnostics;
using Shacache.Benchmarks.Report;
using Shacache.Benchmarks.Servers;
using Shacache.Benchmarks.Session;
using Shacache.Core.Blobs;

namespace Shacache.Benchmarks.Cases;

/// <summary>The start: until the first answer, what idles then, the first two seconds of a load, and a command that does next to nothing.</summary>
internal sealed class StartBenchmarks : IBenchmark
{
    private const string Empty = "start-empty";
    private const string Filled = "start-objects";
    private const string Help = "help";
    private const string Idle = "memory-idle";
    private const string FirstGets = "start-get-4k";
    private const int IdleMs = 1000;
    private static readonly TimeSpan FirstTime = TimeSpan.FromSeconds(2);

    public IReadOnlyList<string> Ids { get; } = [Empty, Filled, Help, Idle, FirstGets];

    public void Run(BenchmarkSession session)
    {
        session.Measure(Empty, () => MeasureStarts(session, Empty, "first answer, empty store", program => OurServers.DataFolder(session, "start-data", program)));
        session.Measure(Filled, () =>
        {
            string data = session.NewFolder("start-objects");
            ObjectFill.RunAsync(data, session.Settings.Objects, session.CancellationToken).GetAwaiter().GetResult();
            session.Settle();
            return MeasureStarts(session, Filled, $"first answer, {session.Settings.Objects:#,##0} objects", _ => data);
        });
        session.Measure(Help, () =>
            CommandComparison.Run(session, session.Settings.Rounds, program => CommandTurn.Program(program, "--help")).CpuTimes(Help, "--help"));
        session.Measure(Idle, () => new Measurement
        {
            Id = Idle,
            Title = "memory, idle",
            Unit = "MiB",
            Programs = InTurn(session, session.Settings.Rounds, program => MeasureIdle(session, program), bytes => bytes / 1048576.0),
        });
        session.Measure(FirstGets, () => MeasureFirstGets(session));
    }

    private static Measurement MeasureStarts(BenchmarkSession session, string id, string title, Func<OurProgram, string> dataFolder)
    {
        double StartMs(OurProgram program)
        {
            long begin = Stopwatch.GetTimestamp();
            using var server = ShacacheServer.Start(program, dataFolder(program), session.CancellationToken);
            return Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
        }

        // The first time brings the program into the page cache.
        foreach (OurProgram program in session.Programs)
            StartMs(program);
        return new() { Id = id, Title = title, Unit = "ms", Programs = InTurn(session, session.Settings.Rounds, StartMs, ms => ms) };
    }

    private static long MeasureIdle(BenchmarkSession session, OurProgram program)
    {
        using var server = ShacacheServer.Start(program, OurServers.DataFolder(session, "idle-data", program), session.CancellationToken);
        session.CancellationToken.WaitHandle.WaitOne(IdleMs);
        return server.ResidentBytes;
    }

    private static Measurement MeasureFirstGets(BenchmarkSession session)
    {
        const string Data = "first-data";
        GetBenchmarks.Scenario scenario = GetBenchmarks.Scenarios[0];
        Digest[] digests;
        using (var nginx = Nginx.Start(session.NewFolder("first-nginx"), session.CancellationToken))
        using (var ours = new OurServers(session, Data))
        {
            digests = scenario.PublishAsync(session, ours, nginx).GetAwaiter().GetResult();
            // The load itself is to be warm from the first round on.
            Comparison.WarmUp(session, new Side(nginx, scenario.Plan(nginx, digests, close: false), session.CancellationToken));
        }

        (double First, double Warm) Take(OurProgram program)
        {
            using var server = ShacacheServer.Start(program, OurServers.DataFolder(session, Data, program), session.CancellationToken);
            var side = new Side(server, scenario.Plan(server, digests, close: false), session.CancellationToken);
            double first = side.Load(FirstTime).RequestsPerSecond;
            Comparison.WarmUp(session, side);
            return (first, side.Load(FirstTime).RequestsPerSecond);
        }

        return new()
        {
            Id = FirstGets,
            Title = "GET 4 KiB, first 2 s after the start",
            Unit = "req/s",
            Against = "itself, warm",
            Programs = InTurn(session, session.Settings.LargeRounds, Take, rates => rates.First, rates => rates.Warm),
        };
    }

    private static ProgramResult[] InTurn<T>(
        BenchmarkSession session, int rounds, Func<OurProgram, T> take, Func<T, double> ours, Func<T, double>? theirs = null)
    {
        IReadOnlyList<IReadOnlyList<T>> turns = Turns.Take(session, rounds, [.. session.Programs.Select(program => (Func<T>)(() => take(program)))]);
        return [.. session.Programs.Select((program, i) => new ProgramResult(program.Name, [.. turns[i].Select(ours)], theirs is null ? null : [.. turns[i].Select(theirs)]))];
    }
}
