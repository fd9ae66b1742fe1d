using Shacache.Benchmarks.Load;
using Shacache.Benchmarks.Report;
using Shacache.Benchmarks.Servers;
using Shacache.Core.Blobs;

namespace Shacache.Benchmarks.Cases;

/// <summary>The program against another build of itself: whether a change costs anything.</summary>
/// <param name="otherProgram">The <c>shacache.dll</c> of the other build.</param>
internal sealed class BuildBenchmarks(string? otherProgram) : IBenchmark
{
    private const string Prefix = "build-";
    private const string LargeUpload = Prefix + "post-1g";
    private const string EntryGet = Prefix + "shadir-get";
    private const string Start = Prefix + "start";

    public IReadOnlyList<string> Ids { get; } =
    [
        .. GetBenchmarks.Scenarios.SelectMany(scenario => (string[])[Prefix + scenario.Id(close: false), Prefix + scenario.Id(close: true)]),
        .. SmallUploadBenchmarks.Connections.Select(connections => Prefix + SmallUploadBenchmarks.Id(connections)),
        LargeUpload,
        .. EntryBenchmarks.Writers.Select(writers => Prefix + EntryBenchmarks.PutName(writers)),
        EntryGet,
        Start,
    ];

    public void Run(BenchmarkSession session)
    {
        string program = otherProgram ?? throw new LoadException("--against names no other build");
        string ourData = session.PathOf("build-ours");
        string theirData = session.PathOf("build-theirs");
        using (var ours = ShacacheServer.Start(ourData, session.CancellationToken))
        using (var theirs = ShacacheServer.StartOther(program, theirData, session.CancellationToken))
        {
            Download(session, ours, theirs);
            Upload(session, ours, theirs);
            Entries(session, ours, theirs);
        }

        session.Measure(Start, () => CompareStarts(session, program, ourData, theirData));
    }

    private static void Download(BenchmarkSession session, ShacacheServer ours, ShacacheServer theirs)
    {
        foreach (GetBenchmarks.Scenario scenario in GetBenchmarks.Scenarios)
        {
            if (!session.Wants(Prefix + scenario.Id(close: false)) && !session.Wants(Prefix + scenario.Id(close: true)))
                continue;
            Digest[] digests = GetBenchmarks.PublishAsync(session, scenario, ours, theirs.UploadAsync, theirs).GetAwaiter().GetResult();
            session.Settle();
            foreach (bool close in (bool[])[false, true])
            {
                Measure(session, scenario.Id(close), scenario.Title(close), scenario.IsLarge ? "MiB/s" : "req/s", scenario.Rate, settle: false,
                    (ours, scenario.Plan(ours, digests, close)), (theirs, scenario.Plan(theirs, digests, close)));
            }
        }
    }

    private static void Upload(BenchmarkSession session, ShacacheServer ours, ShacacheServer theirs)
    {
        foreach (int connections in SmallUploadBenchmarks.Connections)
        {
            Measure(session, SmallUploadBenchmarks.Id(connections), SmallUploadBenchmarks.Title(connections), "req/s", result => result.RequestsPerSecond, settle: true,
                (ours, SmallUploadBenchmarks.OurPlan(ours, connections)), (theirs, SmallUploadBenchmarks.OurPlan(theirs, connections)));
        }

        session.Measure(LargeUpload, () => CompareLargeUploads(session, ours, theirs));
    }

    private static void Entries(BenchmarkSession session, ShacacheServer ours, ShacacheServer theirs)
    {
        foreach (int writers in EntryBenchmarks.Writers)
        {
            Measure(session, EntryBenchmarks.PutName(writers), $"shadir PUT, {writers} writers", "req/s", result => result.RequestsPerSecond, settle: true,
                (ours, EntryBenchmarks.PutPlan(ours, writers)), (theirs, EntryBenchmarks.PutPlan(theirs, writers)));
        }

        if (!session.Wants(EntryGet))
            return;
        foreach (ShacacheServer server in (ShacacheServer[])[ours, theirs])
            EntryBenchmarks.PutOneAsync(server, session.CancellationToken).GetAwaiter().GetResult();
        Measure(session, EntryGet[Prefix.Length..], "shadir GET", "req/s", result => result.RequestsPerSecond, settle: false,
            (ours, EntryBenchmarks.GetPlan(ours, 1)), (theirs, EntryBenchmarks.GetPlan(theirs, 1)));
    }

    private static void Measure(
        BenchmarkSession session, string id, string title, string unit, Func<LoadResult, double> rate, bool settle,
        (ServerProcess, LoadPlan) ours, (ServerProcess, LoadPlan) theirs) => session.Measure(Prefix + id, () => Comparison.Run(
            session, new Measurement { Id = Prefix + id, Title = title, Unit = unit, Ours = [], Against = "the other build" }, ours, theirs, rate, settle));

    private static Measurement CompareLargeUploads(BenchmarkSession session, ShacacheServer ours, ShacacheServer theirs)
    {
        string file = session.PathOf("build-large");
        Content.WriteRandomFile(file, LargeUploadBenchmarks.LengthMib << 20, session.CancellationToken);
        double Rate(ShacacheServer server)
        {
            session.CancellationToken.ThrowIfCancellationRequested();
            Content.Alter(file);
            session.Settle();
            return LargeUploadBenchmarks.LengthMib / LargeTransfer.Upload(server.Port, "POST", ShacacheServer.BlobPath, file).TotalSeconds;
        }

        (List<double> ourRates, List<double> theirRates) = InTurn(session.Settings.LargeRounds, () => Rate(ours), () => Rate(theirs));
        return new() { Id = LargeUpload, Title = "POST 1 GiB", Unit = "MiB/s", Ours = ourRates, Theirs = theirRates, Against = "the other build" };
    }

    private static Measurement CompareStarts(BenchmarkSession session, string program, string ourData, string theirData)
    {
        (List<double> ours, List<double> theirs) = InTurn(
            session.Settings.Rounds,
            () => StartBenchmarks.StartMs(() => ShacacheServer.Start(ourData, session.CancellationToken)),
            () => StartBenchmarks.StartMs(() => ShacacheServer.StartOther(program, theirData, session.CancellationToken)));
        return new() { Id = Start, Title = "first answer (lower is better)", Unit = "ms", Ours = ours, Theirs = theirs, Against = "the other build" };
    }

    /// <summary>A B, B A, …: neither profits from its place.</summary>
    private static (List<double> Ours, List<double> Theirs) InTurn(int rounds, Func<double> ours, Func<double> theirs)
    {
        List<double> ourValues = [];
        List<double> theirValues = [];
        for (int round = 0; round < rounds; round++)
        {
            if (round % 2 == 0)
                ourValues.Add(ours());
            theirValues.Add(theirs());
            if (round % 2 == 1)
                ourValues.Add(ours());
        }

        return (ourValues, theirValues);
    }
}
