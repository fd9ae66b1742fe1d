using Shacache.Benchmarks.Load;
using Shacache.Benchmarks.Report;
using Shacache.Benchmarks.Servers;
using Shacache.Benchmarks.Session;
using Shacache.Core.Blobs;

namespace Shacache.Benchmarks.Cases;

/// <summary>Downloads, over connections that stay and over one connection for each request.</summary>
internal sealed class GetBenchmarks : IBenchmark
{
    private const int ManyObjects = 20_000;

    internal static readonly Scenario[] Scenarios =
    [
        new("4k", "4 KiB", 4 << 10, 32, 1),
        new("64k", "64 KiB", 64 << 10, 32, 1),
        new("1m", "1 MiB", 1 << 20, 8, 1),
        new("256m", "256 MiB", 256 << 20, 4, 1),
        new("20k", "4 KiB of 20,000", 4 << 10, 32, ManyObjects),
    ];

    public IReadOnlyList<string> Ids { get; } = [.. Scenarios.SelectMany(s => (string[])[s.Id(close: false), s.Id(close: true)])];

    public void Run(BenchmarkSession session)
    {
        using var nginx = Nginx.Start(session.NewFolder("get-nginx"), session.CancellationToken);
        using var ours = new OurServers(session, "get-data");
        foreach (Scenario scenario in Scenarios)
        {
            if (!session.Wants(scenario.Id(close: false)) && !session.Wants(scenario.Id(close: true)))
                continue;
            Digest[] digests = scenario.PublishAsync(session, ours, nginx).GetAwaiter().GetResult();
            foreach (bool close in (bool[])[false, true])
                session.Measure(scenario.Id(close), () => Compare(session, scenario, close, digests, ours, nginx));
        }
    }

    private static Measurement Compare(
        BenchmarkSession session, Scenario scenario, bool close, Digest[] digests, OurServers ours, Nginx nginx)
    {
        Side Side(ServerProcess server) => new(server, scenario.Plan(server, digests, close), session.CancellationToken);
        var template = new Measurement
        {
            Id = scenario.Id(close),
            Title = scenario.Title(close),
            Unit = scenario.IsLarge ? "MiB/s" : "req/s",
            Against = "nginx",
        };
        return Comparison.Run(session, template, ours.All.Select(Side), Side(nginx), scenario.Rate);
    }

    internal sealed record Scenario(string Name, string Size, long LengthBytes, int Connections, int Objects)
    {
        public bool IsLarge => LengthBytes >= 1 << 20;

        public string Id(bool close) => $"get-{Name}-{(close ? "close" : "keep")}";

        public string Title(bool close) => $"GET {Size} {(close ? "close" : "keep-alive")}";

        /// <summary>MiB a second where objects are large, requests a second where they are small.</summary>
        public double Rate(LoadResult result) => IsLarge ? result.BytesPerSecond / (1 << 20) : result.RequestsPerSecond;

        /// <summary>Makes the objects, and brings each to all servers.</summary>
        public async Task<Digest[]> PublishAsync(BenchmarkSession session, OurServers ours, Nginx nginx)
        {
            var digests = new Digest[Objects];
            using var http = new HttpClient();
            var options = new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = session.CancellationToken };
            await Parallel.ForAsync(0, digests.Length, options, async (number, token) =>
            {
                string path = session.PathOf($"get-{Name}-{number}");
                digests[number] = Content.WriteRandomFile(path, LengthBytes, token);
                foreach (ShacacheServer server in ours.All)
                    await server.UploadAsync(http, path, digests[number], token);
                File.Move(path, nginx.PathOf(ShacacheServer.BlobPath + digests[number]));
            });
            foreach (ServerProcess server in (ServerProcess[])[.. ours.All, nginx])
                await Content.CheckAsync(http, server.Url, digests[0], session.CancellationToken);
            session.Settle();
            return digests;
        }

        public LoadPlan Plan(ServerProcess server, Digest[] digests, bool close)
        {
            byte[][] requests = [.. digests.Select(digest => RequestHead.Get(ShacacheServer.BlobPath + digest, close))];
            return new LoadPlan
            {
                Port = server.Port,
                Connections = Connections,
                Requests = connection => new PickedRequests(requests, connection + 1),
                Status = 200,
                BodyBytes = LengthBytes,
                Close = close,
            };
        }
    }
}
