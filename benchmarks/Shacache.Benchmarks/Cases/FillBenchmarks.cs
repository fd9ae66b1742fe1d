using Shacache.Benchmarks.Load;
using Shacache.Benchmarks.Report;
using Shacache.Benchmarks.Servers;
using Shacache.Benchmarks.Session;
using Shacache.Core.Blobs;

namespace Shacache.Benchmarks.Cases;

/// <summary>A server with an upstream: how soon fifty clients have one object that is not there yet, what that costs, and what hits cost.</summary>
internal sealed class FillBenchmarks : IBenchmark
{
    private const string Last = "fill-last";
    private const string FirstByte = "fill-first-byte";
    private const string Memory = "fill-memory";
    private const int Clients = 50;
    private const int MemoryClients = 100;
    private const int MebibytesPerSecond = 50;
    private const long RushBytes = 256L << 20;
    private const long WarmUpBytes = 1 << 20;
    private const long MemoryBytes = 1L << 30;

    private static readonly GetBenchmarks.Scenario[] Warm = [.. GetBenchmarks.Scenarios.Where(scenario => scenario.Name is "4k" or "64k")];

    public IReadOnlyList<string> Ids { get; } = [Last, FirstByte, Memory, .. Warm.Select(WarmId)];

    public void Run(BenchmarkSession session)
    {
        if (session.Wants(Last) || session.Wants(FirstByte))
            MeasureRush(session);
        session.Measure(Memory, () => MeasureMemory(session));
        foreach (GetBenchmarks.Scenario scenario in Warm)
            session.Measure(WarmId(scenario), () => MeasureWarm(session, scenario));
    }

    private static string WarmId(GetBenchmarks.Scenario scenario) => $"fill-warm-{scenario.Name}";

    private static string[] Behind(ServerProcess upstream) =>
        ["--upstream", upstream.Url + ShacacheServer.BlobPath.Trim('/'), upstream.Url + ShacacheServer.EntryPath.Trim('/')];

    private static void MeasureRush(BenchmarkSession session)
    {
        using var upstream = Nginx.Start(session.NewFolder("fill-nginx"), session.CancellationToken, MebibytesPerSecond);
        int number = 0;
        (double FirstByteMs, double LastByteSeconds) Rush(OurProgram program)
        {
            string path = Publish(session, upstream, RushBytes);
            session.Settle();
            using var server = ShacacheServer.Start(program, session.PathOf($"fill-data-{++number}"), session.CancellationToken, Behind(upstream));

            // Not a server that has only just been started: the first miss of its life compiles code.
            RushLoad.Run(server.Port, Publish(session, upstream, WarmUpBytes), WarmUpBytes, 2);
            IReadOnlyList<(TimeSpan FirstByte, TimeSpan LastByte)> times = RushLoad.Run(server.Port, path, RushBytes, Clients);
            return (times.Max(client => client.FirstByte.TotalMilliseconds), times.Max(client => client.LastByte.TotalSeconds));
        }

        (double FirstByteMs, double LastByteSeconds) Alone()
        {
            string path = Publish(session, upstream, RushBytes);
            session.Settle();
            (TimeSpan firstByte, TimeSpan lastByte) = RushLoad.Run(upstream.Port, path, RushBytes, 1)[0];
            return (firstByte.TotalMilliseconds, lastByte.TotalSeconds);
        }

        IReadOnlyList<IReadOnlyList<(double FirstByteMs, double LastByteSeconds)>> turns = Turns.Take(
            session, session.Settings.LargeRounds, [.. session.Programs.Select(program => (Func<(double, double)>)(() => Rush(program))), Alone]);
        session.Measure(Last, () => new Measurement
        {
            Id = Last,
            Title = $"{Clients} clients, 256 MiB cold, last byte",
            Unit = "s",
            Against = "one alone",
            Programs =
            [
                .. session.Programs.Select((program, i) => new ProgramResult(
                    program.Name, [.. turns[i].Select(turn => turn.LastByteSeconds)], [.. turns[^1].Select(turn => turn.LastByteSeconds)])),
            ],
        });
        session.Measure(FirstByte, () => new Measurement
        {
            Id = FirstByte,
            Title = $"{Clients} clients, 256 MiB cold, first byte",
            Unit = "ms",
            Programs = [.. session.Programs.Select((program, i) => new ProgramResult(program.Name, [.. turns[i].Select(turn => turn.FirstByteMs)]))],
        });
    }

    private static Measurement MeasureMemory(BenchmarkSession session)
    {
        using var upstream = Nginx.Start(session.NewFolder("fill-memory-nginx"), session.CancellationToken);
        string path = Publish(session, upstream, MemoryBytes);
        ProgramResult Of(OurProgram program)
        {
            using var server = ShacacheServer.Start(
                program, OurServers.DataFolder(session, "fill-memory", program), session.CancellationToken, Behind(upstream));
            long growth = MemoryGrowth.During(server, () => RushLoad.Run(server.Port, path, MemoryBytes, MemoryClients));
            return new(program.Name, [growth / 1048576.0]);
        }

        return new Measurement { Id = Memory, Title = $"memory, growth, {MemoryClients} clients, 1 GiB cold", Unit = "MiB", Programs = [.. session.Programs.Select(Of)] };
    }

    private static Measurement MeasureWarm(BenchmarkSession session, GetBenchmarks.Scenario scenario)
    {
        string id = WarmId(scenario);
        using var upstream = Nginx.Start(session.NewFolder($"{id}-nginx"), session.CancellationToken);
        using var with = new OurServers(session, $"{id}-with", Behind(upstream));
        using var without = new OurServers(session, $"{id}-without");
        string file = session.PathOf(id);
        Digest digest = Content.WriteRandomFile(file, scenario.LengthBytes, session.CancellationToken);
        foreach (ShacacheServer server in with.All.Concat(without.All))
            LargeTransfer.Upload(server.Port, "POST", ShacacheServer.BlobPath, file);
        IReadOnlyList<SideResult> results = Comparison.Run(
            session,
            [.. with.All.Concat(without.All).Select(server => new Side(server, scenario.Plan(server, [digest], close: false), session.CancellationToken))],
            result => result.RequestsPerSecond);
        return new Measurement
        {
            Id = id,
            Title = $"GET {scenario.Size} that is here",
            Unit = "req/s",
            Against = "no upstreams",
            Programs = [.. session.Programs.Select((program, i) => Comparison.Result(program, results[i], results[i + with.All.Count]))],
        };
    }

    /// <returns>The path of a new object.</returns>
    private static string Publish(BenchmarkSession session, Nginx upstream, long lengthBytes)
    {
        string file = session.PathOf("fill-object");
        Digest digest = Content.WriteRandomFile(file, lengthBytes, session.CancellationToken);
        File.Move(file, upstream.PathOf(ShacacheServer.BlobPath + digest));
        return ShacacheServer.BlobPath + digest;
    }
}
