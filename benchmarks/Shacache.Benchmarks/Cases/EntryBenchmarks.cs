using Shacache.Benchmarks.Load;
using Shacache.Benchmarks.Report;
using Shacache.Benchmarks.Servers;

namespace Shacache.Benchmarks.Cases;

/// <summary>The directory over HTTP: durable PUTs by several writers, and GETs, with one entry stored and with many.</summary>
internal sealed class EntryBenchmarks : IBenchmark
{
    private const int Readers = 32;
    private const int PickedKeys = 100_000;
    internal static readonly int[] Writers = [1, 16, 64];
    private static readonly string[] Names = ["shadir-get", .. Writers.Select(PutName), "shadir-put-scaling"];

    public IReadOnlyList<string> Ids { get; } = [.. Names, .. Names.Select(name => name + "-filled"), "start-filled"];

    public void Run(BenchmarkSession session)
    {
        if (Names.Any(session.Wants))
            Measure(session, session.NewFolder("entries-one"), "", 1);
        if (!Ids.Skip(Names.Length).Any(session.Wants))
            return;
        string filled = session.NewFolder("entries-filled");
        Measure(session, filled, "-filled", session.Settings.Entries);
        session.Measure("start-filled", () => StartBenchmarks.Measure(
            session, "start-filled", $"first answer, {session.Settings.Entries:#,##0} entries", filled));
    }

    internal static string PutName(int writers) => $"shadir-put-{writers}";

    private static void Measure(BenchmarkSession session, string data, string suffix, int entries)
    {
        EntryFill.RunAsync(data, entries, session.CancellationToken).GetAwaiter().GetResult();
        session.Settle();
        string stored = entries == 1 ? "1 entry" : $"{entries:#,##0} entries";
        using var ours = ShacacheServer.Start(data, session.CancellationToken);
        string get = "shadir-get" + suffix;
        session.Measure(get, () => new Measurement
        {
            Id = get,
            Title = $"shadir GET, {stored}",
            Unit = "req/s",
            Ours = Rates(session, GetPlan(ours, entries)),
        });

        if (!Writers.Any(writers => session.Wants(PutName(writers) + suffix)) && !session.Wants("shadir-put-scaling" + suffix))
            return;
        double[][]? rates = null;
        for (int i = 0; i < Writers.Length; i++)
        {
            string id = PutName(Writers[i]) + suffix;
            string title = $"shadir PUT, {Writers[i]} writer{(i == 0 ? "" : "s")}, {stored}";
            double[] Own() => (rates ??= InterleavedPutRates(session, ours))[i];
            session.Measure(id, () => new Measurement { Id = id, Title = title, Unit = "req/s", Ours = Own() });
        }

        string scaling = "shadir-put-scaling" + suffix;
        session.Measure(scaling, () => new Measurement
        {
            Id = scaling,
            Title = $"shadir PUT, {Writers[^1]} writers, {stored}",
            Unit = "req/s",
            Ours = (rates ??= InterleavedPutRates(session, ours))[^1],
            Theirs = rates[0],
            Against = "one writer",
        });
    }

    /// <summary>The rates of each number of writers, measured in turn.</summary>
    private static double[][] InterleavedPutRates(BenchmarkSession session, ShacacheServer ours)
    {
        LoadPlan[] plans = [.. Writers.Select(writers => PutPlan(ours, writers))];
        LoadGenerator.Run(plans[^1], session.Settings.WarmUp, session.CancellationToken);
        var rates = new double[plans.Length][];
        for (int i = 0; i < plans.Length; i++)
            rates[i] = new double[session.Settings.Rounds];
        for (int round = 0; round < session.Settings.Rounds; round++)
        {
            for (int i = 0; i < plans.Length; i++)
            {
                session.Settle();
                rates[i][round] = LoadGenerator.Run(plans[i], session.Settings.Window, session.CancellationToken).RequestsPerSecond;
            }
        }

        return rates;
    }

    private static double[] Rates(BenchmarkSession session, LoadPlan plan)
    {
        LoadGenerator.Run(plan, session.Settings.WarmUp, session.CancellationToken);
        return [.. Enumerable.Range(0, session.Settings.Rounds)
            .Select(_ => LoadGenerator.Run(plan, session.Settings.Window, session.CancellationToken).RequestsPerSecond)];
    }

    /// <summary>Puts the entry that is got when one is stored.</summary>
    internal static async Task PutOneAsync(ShacacheServer server, CancellationToken cancellationToken)
    {
        using var http = new HttpClient();
        string stamp = StampedRequests.Stamp(0);
        using var body = new ByteArrayContent(new EntryTemplate().Body(stamp));
        using HttpResponseMessage answer = await http.PutAsync(new Uri(server.Url, ShacacheServer.EntryPath + EntryTemplate.Key(stamp)), body, cancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    internal static LoadPlan PutPlan(ShacacheServer server, int writers)
    {
        byte[] template = new EntryTemplate().PutTemplate();
        return new()
        {
            Port = server.Port,
            Connections = writers,
            Requests = _ => new StampedRequests(template),
            Status = 201,
            BodyBytes = 0,
        };
    }

    internal static LoadPlan GetPlan(ShacacheServer server, int entries)
    {
        byte[][] requests = [.. Enumerable.Range(0, Math.Min(entries, PickedKeys)).Select(i => RequestHead.Get(
            ShacacheServer.EntryPath + EntryTemplate.Key(StampedRequests.Stamp((long)i * entries / Math.Min(entries, PickedKeys))), close: false))];
        return new()
        {
            Port = server.Port,
            Connections = Readers,
            Requests = connection => new PickedRequests(requests, connection + 1),
            Status = 200,
        };
    }
}
