using Shacache.Benchmarks.Load;
using Shacache.Benchmarks.Report;
using Shacache.Benchmarks.Servers;
using Shacache.Core.Blobs;

namespace Shacache.Benchmarks.Cases;

/// <summary>A server with an upstream: how soon fifty clients have one object that is not there yet, what that costs, and what hits cost.</summary>
internal sealed class FillBenchmarks : IBenchmark
{
    private const string Last = "fill-last";
    private const string FirstByte = "fill-first-byte";
    private const string Memory = "fill-memory";
    private const string Warm4K = "fill-warm-4k";
    private const string Warm64K = "fill-warm-64k";
    private const int Clients = 50;
    private const int MemoryClients = 100;
    private const int MebibytesPerSecond = 50;
    private const long RushBytes = 256L << 20;
    private const long WarmUpBytes = 1 << 20;
    private const long MemoryBytes = 1L << 30;

    public IReadOnlyList<string> Ids { get; } = [Last, FirstByte, Memory, Warm4K, Warm64K];

    public void Run(BenchmarkSession session)
    {
        if (session.Wants(Last) || session.Wants(FirstByte))
            MeasureRush(session);
        session.Measure(Memory, () => MeasureMemory(session));
        foreach ((string id, int lengthBytes) in ((string, int)[])[(Warm4K, 4 << 10), (Warm64K, 64 << 10)])
            session.Measure(id, () => MeasureWarm(session, id, lengthBytes));
    }

    private static string[] Behind(ServerProcess upstream) =>
        ["--upstream", upstream.Url + ShacacheServer.BlobPath.Trim('/'), upstream.Url + ShacacheServer.EntryPath.Trim('/')];

    private static void MeasureRush(BenchmarkSession session)
    {
        using var upstream = Nginx.Start(session.NewFolder("fill-nginx"), session.CancellationToken, MebibytesPerSecond);
        List<double> ours = [];
        List<double> alone = [];
        List<double> firstBytes = [];
        for (int round = 0; round < session.Settings.LargeRounds; round++)
        {
            string path = Publish(session, upstream, RushBytes);
            session.Settle();
            alone.Add(RushLoad.Run(upstream.Port, path, RushBytes, 1)[0].LastByte.TotalSeconds);
            string data = session.PathOf($"fill-data-{round}");
            using var server = ShacacheServer.Start(data, session.CancellationToken, Behind(upstream));

            // Not a server that has only just been started: the first miss of its life compiles code.
            RushLoad.Run(server.Port, Publish(session, upstream, WarmUpBytes), WarmUpBytes, 2);
            IReadOnlyList<(TimeSpan FirstByte, TimeSpan LastByte)> times = RushLoad.Run(server.Port, path, RushBytes, Clients);
            ours.Add(times.Max(client => client.LastByte.TotalSeconds));
            firstBytes.Add(times.Max(client => client.FirstByte.TotalMilliseconds));
        }

        session.Measure(Last, () => new Measurement
        {
            Id = Last,
            Title = $"{Clients} clients, 256 MiB cold, last byte",
            Unit = "s",
            Ours = ours,
            Theirs = alone,
            Against = "one transfer alone",
        });
        session.Measure(FirstByte, () => new Measurement { Id = FirstByte, Title = $"{Clients} clients, 256 MiB cold, first byte", Unit = "ms", Ours = firstBytes });
    }

    private static Measurement MeasureMemory(BenchmarkSession session)
    {
        using var upstream = Nginx.Start(session.NewFolder("fill-memory-nginx"), session.CancellationToken);
        string path = Publish(session, upstream, MemoryBytes);
        using var server = ShacacheServer.Start(session.PathOf("fill-memory-data"), session.CancellationToken, Behind(upstream));
        long growth = MemoryGrowth.During(server, () => RushLoad.Run(server.Port, path, MemoryBytes, MemoryClients));
        return new Measurement { Id = Memory, Title = $"memory, growth, {MemoryClients} clients, 1 GiB cold", Unit = "MiB", Ours = [growth / 1048576.0] };
    }

    private static Measurement MeasureWarm(BenchmarkSession session, string id, int lengthBytes)
    {
        using var upstream = Nginx.Start(session.NewFolder($"{id}-nginx"), session.CancellationToken);
        using var with = ShacacheServer.Start(session.PathOf($"{id}-with"), session.CancellationToken, Behind(upstream));
        using var without = ShacacheServer.Start(session.PathOf($"{id}-without"), session.CancellationToken);
        string file = session.PathOf(id);
        Digest digest = Content.WriteRandomFile(file, lengthBytes, session.CancellationToken);
        foreach (ShacacheServer server in (ShacacheServer[])[with, without])
            LargeTransfer.Upload(server.Port, "POST", ShacacheServer.BlobPath, file);
        LoadPlan Plan(ServerProcess server) => new()
        {
            Port = server.Port,
            Connections = 32,
            Requests = connection => new PickedRequests([RequestHead.Get(ShacacheServer.BlobPath + digest, close: false)], connection + 1),
            Status = 200,
            BodyBytes = lengthBytes,
            Close = false,
        };
        var template = new Measurement
        {
            Id = id,
            Title = $"GET {lengthBytes >> 10} KiB that is here",
            Unit = "req/s",
            Ours = [],
            Against = "a server without upstreams",
        };
        return Comparison.Run(session, template, (with, Plan(with)), (without, Plan(without)), result => result.RequestsPerSecond, settle: false);
    }

    /// <returns>The path of a new object.</returns>
    private static string Publish(BenchmarkSession session, Nginx upstream, long lengthBytes)
    {
        string file = session.PathOf("fill-object");
        Digest digest = Content.WriteRandomFile(file, lengthBytes, session.CancellationToken);
        File.Move(file, Path.Combine(upstream.ContentFolder, digest.ToString()));
        return ShacacheServer.BlobPath + digest;
    }
}
