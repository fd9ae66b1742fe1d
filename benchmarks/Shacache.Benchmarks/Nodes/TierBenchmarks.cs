using Shacache.Benchmarks.Cases;
using Shacache.Benchmarks.Load;
using Shacache.Benchmarks.Report;
using Shacache.Benchmarks.Session;
using Shacache.Core.Blobs;

namespace Shacache.Benchmarks.Nodes;

/// <summary>Downloads of what the local tier of a node has, against a server of the same program with files of its own.</summary>
internal sealed class TierBenchmarks : IBenchmark
{
    private static readonly GetBenchmarks.Scenario[] Scenarios = [.. GetBenchmarks.Scenarios.Where(scenario => scenario.Name is "4k" or "64k" or "1m")];

    public IReadOnlyList<string> Ids { get; } = [.. Scenarios.Select(Id)];

    public void Run(BenchmarkSession session)
    {
        using var engines = new NodeEngines(session);
        using OurServers nodes = engines.StartNodes("tier-node");
        using var embedded = new OurServers(session, "tier-embedded");
        foreach (GetBenchmarks.Scenario scenario in Scenarios)
            session.Measure(Id(scenario), () => Compare(session, scenario, nodes, embedded));
    }

    private static string Id(GetBenchmarks.Scenario scenario) => $"tier-get-{scenario.Name}";

    private static Measurement Compare(BenchmarkSession session, GetBenchmarks.Scenario scenario, OurServers nodes, OurServers embedded)
    {
        string file = session.PathOf(Id(scenario));
        Digest digest = Content.WriteRandomFile(file, scenario.LengthBytes, session.CancellationToken);
        foreach (Servers.ShacacheServer server in nodes.All.Concat(embedded.All))
        {
            LargeTransfer.Upload(server.Port, "POST", Servers.ShacacheServer.BlobPath, file);

            // The first one fills the tier, and the warm-up waits for it.
            LargeTransfer.Download(server.Port, Servers.ShacacheServer.BlobPath + digest, scenario.LengthBytes);
        }

        IReadOnlyList<SideResult> results = Comparison.Run(
            session,
            [.. nodes.All.Concat(embedded.All).Select(server => new Side(server, scenario.Plan(server, [digest], close: false), session.CancellationToken))],
            scenario.Rate);
        return new Measurement
        {
            Id = Id(scenario),
            Title = $"GET {scenario.Size} from the tier",
            Unit = scenario.IsLarge ? "MiB/s" : "req/s",
            Against = "embedded store",
            Programs = [.. session.Programs.Select((program, i) => Comparison.Result(program, results[i], results[i + nodes.All.Count]))],
        };
    }
}
