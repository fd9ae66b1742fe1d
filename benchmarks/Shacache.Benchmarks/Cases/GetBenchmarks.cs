using Shacache.Benchmarks.Load;
using Shacache.Benchmarks.Report;
using Shacache.Benchmarks.Servers;
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
        using var ours = ShacacheServer.Start(session.PathOf("get-data"), session.CancellationToken);
        foreach (Scenario scenario in Scenarios)
        {
            if (!session.Wants(scenario.Id(close: false)) && !session.Wants(scenario.Id(close: true)))
                continue;
            Digest[] digests = PublishAsync(session, scenario, ours, nginx.TakeAsync, nginx).GetAwaiter().GetResult();
            session.Settle();
            foreach (bool close in (bool[])[false, true])
                session.Measure(scenario.Id(close), () => Compare(session, scenario, close, digests, ours, nginx));
        }
    }

    private static Measurement Compare(
        BenchmarkSession session, Scenario scenario, bool close, Digest[] digests, ShacacheServer ours, Nginx nginx)
    {
        var template = new Measurement
        {
            Id = scenario.Id(close),
            Title = scenario.Title(close),
            Unit = scenario.IsLarge ? "MiB/s" : "req/s",
            Ours = [],
            Against = "nginx",
        };
        return Comparison.Run(
            session,
            template,
            (ours, scenario.Plan(ours, digests, close)),
            (nginx, scenario.Plan(nginx, digests, close)),
            scenario.Rate,
            settle: false);
    }

    /// <summary>Makes the objects of a scenario, and brings each to both servers.</summary>
    /// <param name="session">The run.</param>
    /// <param name="scenario">How many, and how large.</param>
    /// <param name="ours">Our server.</param>
    /// <param name="give">Brings a file to the other server; the file may be moved.</param>
    /// <param name="theirs">The other server.</param>
    internal static async Task<Digest[]> PublishAsync(
        BenchmarkSession session, Scenario scenario, ShacacheServer ours, Func<HttpClient, string, Digest, CancellationToken, Task> give, ServerProcess theirs)
    {
        var digests = new Digest[scenario.Objects];
        using var http = new HttpClient();
        var options = new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = session.CancellationToken };
        await Parallel.ForAsync(0, digests.Length, options, async (number, token) =>
        {
            string path = session.PathOf($"get-{scenario.Name}-{number}");
            digests[number] = Content.WriteRandomFile(path, scenario.LengthBytes, token);
            await ours.UploadAsync(http, path, digests[number], token);
            await give(http, path, digests[number], token);
            File.Delete(path);
        });
        foreach (ServerProcess server in (ServerProcess[])[ours, theirs])
            await Content.CheckAsync(http, server, digests[0], session.CancellationToken);
        return digests;
    }

    internal sealed record Scenario(string Name, string Size, long LengthBytes, int Connections, int Objects)
    {
        public bool IsLarge => LengthBytes >= 1 << 20;

        public string Id(bool close) => $"get-{Name}-{(close ? "close" : "keep")}";

        public string Title(bool close) => $"GET {Size} {(close ? "close" : "keep-alive")}";

        /// <summary>MiB a second where objects are large, requests a second where they are small.</summary>
        public double Rate(LoadResult result) => IsLarge ? result.BytesPerSecond / (1 << 20) : result.RequestsPerSecond;

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
