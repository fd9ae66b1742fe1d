using System.Text;
using Shacache.Benchmarks.Load;
using Shacache.Benchmarks.Report;
using Shacache.Benchmarks.Servers;
using Shacache.Benchmarks.Session;

namespace Shacache.Benchmarks.Cases;

/// <summary>Uploads of 4 KiB, all distinct: ours hashed and durable before the answer, nginx's neither.</summary>
internal sealed class SmallUploadBenchmarks : IBenchmark
{
    private const int LengthBytes = 4 << 10;
    private const int DigestHexBytes = 128;
    private static readonly int[] Connections = [1, 16, 64];

    public IReadOnlyList<string> Ids { get; } = [.. Connections.Select(Id)];

    public void Run(BenchmarkSession session)
    {
        using var nginx = Nginx.Start(session.NewFolder("post-nginx"), session.CancellationToken);
        using var ours = new OurServers(session, "post-data");
        // One connection alone makes too few requests to get the code compiled for good.
        foreach (ShacacheServer server in ours.All)
            LoadGenerator.Run(OurPlan(server, Connections[^1]), 3 * session.Settings.WarmUp, session.CancellationToken);
        foreach (int connections in Connections)
            session.Measure(Id(connections), () => Compare(session, connections, ours, nginx));
    }

    private static string Id(int connections) => $"post-4k-{connections}";

    private static Measurement Compare(BenchmarkSession session, int connections, OurServers ours, Nginx nginx)
    {
        var template = new Measurement
        {
            Id = Id(connections),
            Title = $"POST 4 KiB, {connections} connection{(connections == 1 ? "" : "s")}",
            Unit = "req/s",
            Against = "nginx PUT",
        };
        return Comparison.Run(
            session,
            template,
            ours.All.Select(server => new Side(server, OurPlan(server, connections), session.CancellationToken)),
            new Side(nginx, Plan(nginx, connections, "PUT", $"/put/{StampedRequests.Slot}", 0), session.CancellationToken),
            result => result.RequestsPerSecond,
            settle: true);
    }

    /// <summary>Uploads of 4 KiB to one of our servers.</summary>
    public static LoadPlan OurPlan(ShacacheServer ours, int connections) =>
        Plan(ours, connections, "POST", ShacacheServer.BlobPath.TrimEnd('/'), DigestHexBytes);

    private static LoadPlan Plan(ServerProcess server, int connections, string method, string path, int answerBytes) => new()
    {
        Port = server.Port,
        Connections = connections,
        Requests = _ => new StampedRequests(Template(method, path)),
        Status = 201,
        BodyBytes = answerBytes,
    };

    private static byte[] Template(string method, string path)
    {
        byte[] body = new byte[LengthBytes];
        Random.Shared.NextBytes(body);
        Encoding.ASCII.GetBytes(StampedRequests.Slot, body);
        return [.. RequestHead.Upload(method, path, LengthBytes, close: false), .. body];
    }
}
