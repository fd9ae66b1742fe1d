using System.Diagnostics;
using Shacache.Benchmarks.Cases;
using Shacache.Benchmarks.Load;
using Shacache.Benchmarks.Report;
using Shacache.Benchmarks.Servers;
using Shacache.Benchmarks.Session;
using Shacache.Core.Blobs;

namespace Shacache.Benchmarks.Nodes;

/// <summary>Content that goes through a node to the object store and from there, against the same work done with the store's gateway itself.</summary>
internal sealed class NodeContentBenchmarks : IBenchmark
{
    private const string Cold = "nodes-get-256m-cold";
    private const string Small = "nodes-post-4k-64";
    private const string Large = "nodes-post-1g";
    private const string Gateway = "S3 gateway";
    private const long ColdMib = 256;
    private const long LargeMib = 1024;
    private const int SmallBytes = 4 << 10;
    private const int Connections = 64;

    public IReadOnlyList<string> Ids { get; } = [Cold, Small, Large];

    public void Run(BenchmarkSession session)
    {
        using var engines = new NodeEngines(session);
        using OurServers nodes = engines.StartNodes("nodes-content");
        var presigner = new Presigner(engines.Ceph);
        session.Measure(Small, () => CompareSmall(session, nodes, engines, presigner));
        session.Measure(Cold, () => CompareCold(session, nodes));
        session.Measure(Large, () => CompareLarge(session, nodes, presigner));
    }

    /// <summary>Each object is read once from the node, which has it in S3 alone, and once from the gateway, by the URL that the node redirects to.</summary>
    private static Measurement CompareCold(BenchmarkSession session, OurServers nodes)
    {
        string file = session.PathOf(Cold);
        Content.WriteRandomFile(file, ColdMib << 20, session.CancellationToken);
        using var http = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { Timeout = TimeSpan.FromMinutes(3) };
        Transfer Node(int program)
        {
            (ShacacheServer server, Digest digest) = Publish(program);
            return Measure(ColdMib, () => LargeTransfer.Download(server.Port, ShacacheServer.BlobPath + digest, ColdMib << 20), server);
        }

        Transfer Direct()
        {
            (ShacacheServer server, Digest digest) = Publish(0);
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(server.Url, ShacacheServer.BlobPath + digest)) { Headers = { { "Shacache-Accept-Redirect", "1" } } };
            using HttpResponseMessage redirect = http.Send(request, session.CancellationToken);
            Uri url = redirect.Headers.Location ?? throw new LoadException($"no redirect to the object store: {(int)redirect.StatusCode}");
            return Measure(ColdMib, () => LargeTransfer.Download(url.Port, url.PathAndQuery, ColdMib << 20));
        }

        // Another object each time, uploaded before the clock starts.
        (ShacacheServer Server, Digest Digest) Publish(int program)
        {
            Content.Alter(file);
            ShacacheServer server = nodes.All[program];
            Digest digest = Content.DigestOf(file);
            LargeTransfer.Upload(server.Port, "POST", ShacacheServer.BlobPath, file);
            session.Settle();
            return (server, digest);
        }

        return Take(session, Cold, "GET 256 MiB, cold, through a node", Node, Direct);
    }

    private static Measurement CompareLarge(BenchmarkSession session, OurServers nodes, Presigner presigner)
    {
        string file = session.PathOf(Large);
        Content.WriteRandomFile(file, LargeMib << 20, session.CancellationToken);
        int number = 0;
        Transfer Node(int program)
        {
            Content.Alter(file);
            session.Settle();
            return Measure(LargeMib, () => LargeTransfer.Upload(nodes.All[program].Port, "POST", ShacacheServer.BlobPath, file), nodes.All[program]);
        }

        Transfer Direct()
        {
            Content.Alter(file);
            session.Settle();
            string key = $"direct/large-{++number}";
            TimeSpan elapsed = DirectUpload.RunAsync(presigner, key, file, session.CancellationToken).GetAwaiter().GetResult();
            DirectUpload.DeleteAsync(presigner, key, session.CancellationToken).GetAwaiter().GetResult();
            return new Transfer(LargeMib / elapsed.TotalSeconds, 0);
        }

        return Take(session, Large, "POST 1 GiB through a node", Node, Direct);
    }

    private static Measurement Take(BenchmarkSession session, string id, string title, Func<int, Transfer> node, Func<Transfer> direct)
    {
        IReadOnlyList<IReadOnlyList<Transfer>> turns = Turns.Take(
            session, session.Settings.LargeRounds, [.. session.Programs.Select((_, program) => (Func<Transfer>)(() => node(program))), direct]);
        double[] Rates(int side) => [.. turns[side].Select(transfer => transfer.Rate)];
        return new Measurement
        {
            Id = id,
            Title = title,
            Unit = "MiB/s",
            Against = Gateway,
            Programs = [.. session.Programs.Select((program, i) => new ProgramResult(program.Name, Rates(i), Rates(turns.Count - 1))
            {
                OurCpuMicroseconds = Measurement.Median([.. turns[i].Select(transfer => transfer.CpuMicroseconds)]),
            })],
        };
    }

    /// <param name="mebibytes">How much.</param>
    /// <param name="transfer">Does it.</param>
    /// <param name="node">What does it; null for the gateway.</param>
    private static Transfer Measure(long mebibytes, Action transfer, ShacacheServer? node = null)
    {
        TimeSpan before = node?.CpuTime ?? TimeSpan.Zero;
        long start = Stopwatch.GetTimestamp();
        transfer();
        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        return new Transfer(mebibytes / elapsed.TotalSeconds, ((node?.CpuTime ?? TimeSpan.Zero) - before).TotalMicroseconds);
    }

    private static Measurement CompareSmall(BenchmarkSession session, OurServers nodes, NodeEngines engines, Presigner presigner)
    {
        byte[] body = new byte[SmallBytes];
        Random.Shared.NextBytes(body);
        var direct = new LoadPlan { Port = engines.Ceph.Port, Connections = Connections, Requests = _ => new DirectPuts(presigner, body), Status = 200 };

        // Of processor time only that of the node is shown; the gateway's is spread over its daemons.
        // The first requests of either take long where others have the disk.
        foreach (ShacacheServer server in nodes.All)
            LoadGenerator.Run(SmallUploadBenchmarks.OurPlan(server, Connections), 5 * session.Settings.WarmUp, session.CancellationToken);
        LoadGenerator.Run(direct, 5 * session.Settings.WarmUp, session.CancellationToken);
        IReadOnlyList<SideResult> results = Comparison.Run(
            session,
            [
                .. nodes.All.Select(server => new Side(server, SmallUploadBenchmarks.OurPlan(server, Connections), session.CancellationToken)),
                new Side(nodes.All[0], direct, session.CancellationToken),
            ],
            result => result.RequestsPerSecond,
            settle: true);
        return new Measurement
        {
            Id = Small,
            Title = "POST 4 KiB, 64 connections, through a node",
            Unit = "req/s",
            Against = Gateway,
            Programs = [.. session.Programs.Select((program, i) => new ProgramResult(program.Name, results[i].Rates, results[^1].Rates) { OurCpuMicroseconds = results[i].CpuMicroseconds })],
        };
    }

    private readonly record struct Transfer(double Rate, double CpuMicroseconds);
}
