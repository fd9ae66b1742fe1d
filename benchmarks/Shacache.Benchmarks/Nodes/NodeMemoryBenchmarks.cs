using Shacache.Benchmarks.Cases;
using Shacache.Benchmarks.Load;
using Shacache.Benchmarks.Report;
using Shacache.Benchmarks.Servers;
using Shacache.Benchmarks.Session;
using Shacache.Core.Blobs;

namespace Shacache.Benchmarks.Nodes;

/// <summary>Resident memory of a node: how much it grows at most above that of one that has just answered for the first time.</summary>
internal sealed class NodeMemoryBenchmarks : IBenchmark
{
    private const string Upload = "nodes-memory-upload";
    private const string Slow = "nodes-memory-slow";
    private const int SlowClients = 256;
    private const long SlowBytes = 1L << 30;
    private const long SmallBytes = 1 << 20;
    private static readonly TimeSpan SlowTime = TimeSpan.FromSeconds(8);

    public IReadOnlyList<string> Ids { get; } = [Upload, Slow];

    public void Run(BenchmarkSession session)
    {
        using var engines = new NodeEngines(session);
        session.Measure(Upload, () => MeasureUpload(session, engines));
        session.Measure(Slow, () => MeasureSlow(session, engines));
    }

    private static Measurement MeasureUpload(BenchmarkSession session, NodeEngines engines)
    {
        int gibibytes = session.Settings.UploadGibibytes;
        string file = session.PathOf(Upload);

        // Zeros that take no room here: what is sent is the same work.
        using (FileStream sparse = File.Create(file))
            sparse.SetLength((long)gibibytes << 30);
        Content.Alter(file);
        using OurServers nodes = engines.StartNodes(Upload);
        return new Measurement
        {
            Id = Upload,
            Title = $"memory of a node, growth, {gibibytes} GiB upload",
            Unit = "MiB",
            Programs = [.. nodes.All.Select(node => Of(node, () => LargeTransfer.Upload(node.Port, "POST", ShacacheServer.BlobPath, file)))],
        };
    }

    /// <summary>The readers begin at once, so that the object comes from S3 while they read.</summary>
    private static Measurement MeasureSlow(BenchmarkSession session, NodeEngines engines)
    {
        string file = session.PathOf(Slow);
        Digest digest = Content.WriteRandomFile(file, SlowBytes, session.CancellationToken);
        using OurServers nodes = engines.StartNodes(Slow);
        return new Measurement
        {
            Id = Slow,
            Title = $"memory of a node, {SlowClients} slow clients",
            Unit = "MiB",
            Programs = [.. nodes.All.Select(Measure)],
        };

        ProgramResult Measure(ShacacheServer uploading)
        {
            LargeTransfer.Upload(uploading.Port, "POST", ShacacheServer.BlobPath, file);
            using ShacacheServer node = engines.StartBeside(uploading, session.PathOf($"{Slow}-reading-{uploading.Program.Name}"));

            // Not one that has only just been started: the first cold object of its life compiles code.
            string small = session.PathOf($"{Slow}-small");
            Digest warming = Content.WriteRandomFile(small, SmallBytes, session.CancellationToken);
            LargeTransfer.Upload(uploading.Port, "POST", ShacacheServer.BlobPath, small);
            RushLoad.Run(node.Port, ShacacheServer.BlobPath + warming, SmallBytes, 2);
            return Of(node, () => SlowClientLoad.Run(node.Port, ShacacheServer.BlobPath + digest, SlowClients, SlowTime, session.CancellationToken));
        }
    }

    private static ProgramResult Of(ShacacheServer node, Action load) => new(node.Program.Name, [MemoryGrowth.During(node, load) / 1048576.0]);
}
