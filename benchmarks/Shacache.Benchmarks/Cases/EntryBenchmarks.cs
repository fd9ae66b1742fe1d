using Shacache.Benchmarks.Load;
using Shacache.Benchmarks.Report;
using Shacache.Benchmarks.Servers;
using Shacache.Benchmarks.Session;

namespace Shacache.Benchmarks.Cases;

/// <summary>The directory over HTTP: durable PUTs by several writers, and GETs against nginx with files of the same bytes; with one entry stored and with many.</summary>
internal sealed class EntryBenchmarks : IBenchmark
{
    private const string Get = "shadir-get";
    private const string Scaling = "shadir-put-scaling";
    private const int Readers = 32;
    private const int PickedKeys = 20_000;
    private static readonly int[] Writers = [1, 16, 64];
    private static readonly string[] Names = [Get, .. Writers.Select(PutName), Scaling];

    public IReadOnlyList<string> Ids { get; } = [.. Names, .. Names.Select(name => name + "-filled")];

    public void Run(BenchmarkSession session)
    {
        if (Names.Any(session.Wants))
            Measure(session, "", 1);
        if (Ids.Skip(Names.Length).Any(session.Wants))
            Measure(session, "-filled", session.Settings.Entries);
    }

    private static string PutName(int writers) => $"shadir-put-{writers}";

    private static void Measure(BenchmarkSession session, string suffix, int entries)
    {
        string name = $"entries{suffix}";
        EntryFill.RunAsync(session.NewFolder(name), entries, session.CancellationToken).GetAwaiter().GetResult();
        foreach (OurProgram program in session.Programs)
        {
            string data = Directory.CreateDirectory(OurServers.DataFolder(session, name, program)).FullName;
            File.Copy(session.PathOf($"{name}/{ShacacheServer.DatabaseFile}"), Path.Combine(data, ShacacheServer.DatabaseFile));
        }

        session.Settle();
        string stored = entries == 1 ? "1 entry" : $"{entries:#,##0} entries";
        using var ours = new OurServers(session, name);
        session.Measure(Get + suffix, () => CompareGets(session, Get + suffix, $"shadir GET, {stored}", ours, entries));
        if (!Writers.Any(writers => session.Wants(PutName(writers) + suffix)) && !session.Wants(Scaling + suffix))
            return;

        // Of each number of writers the sides of all programs.
        IReadOnlyList<SideResult> results = Comparison.Run(
            session,
            [.. Writers.SelectMany(writers => ours.All.Select(server => new Side(server, PutPlan(server, writers), session.CancellationToken)))],
            result => result.RequestsPerSecond,
            settle: true);
        SideResult Of(int writers, int program) => results[(Array.IndexOf(Writers, writers) * ours.All.Count) + program];
        foreach (int writers in Writers)
        {
            string id = PutName(writers) + suffix;
            session.Measure(id, () => new Measurement
            {
                Id = id,
                Title = $"shadir PUT, {writers} writer{(writers == 1 ? "" : "s")}, {stored}",
                Unit = "req/s",
                Programs = [.. session.Programs.Select((program, i) => Comparison.Result(program, Of(writers, i)))],
            });
        }

        session.Measure(Scaling + suffix, () => new Measurement
        {
            Id = Scaling + suffix,
            Title = $"shadir PUT, {Writers[^1]} writers, {stored}",
            Unit = "req/s",
            Against = "one writer",
            Programs = [.. session.Programs.Select((program, i) => Comparison.Result(program, Of(Writers[^1], i), Of(Writers[0], i)))],
        });
    }

    private static Measurement CompareGets(BenchmarkSession session, string id, string title, OurServers ours, int entries)
    {
        using var nginx = Nginx.Start(session.NewFolder($"{id}-nginx"), session.CancellationToken);
        string[] paths = Paths(entries);
        long listingBytes = CopyAsync(ours.All[0], nginx, paths, session.CancellationToken).GetAwaiter().GetResult();
        session.Settle();
        Side Side(ServerProcess server) => new(server, GetPlan(server, entries) with { BodyBytes = listingBytes }, session.CancellationToken);
        var template = new Measurement { Id = id, Title = title, Unit = "req/s", Against = "nginx" };
        return Comparison.Run(session, template, ours.All.Select(Side), Side(nginx), result => result.RequestsPerSecond);
    }

    /// <summary>Listings got by several readers, picked out of those that <see cref="EntryFill"/> made.</summary>
    public static LoadPlan GetPlan(ServerProcess server, int entries)
    {
        byte[][] requests = [.. Paths(entries).Select(path => RequestHead.Get(path, close: false))];
        return new LoadPlan { Port = server.Port, Connections = Readers, Requests = connection => new PickedRequests(requests, connection + 1), Status = 200 };
    }

    private static string[] Paths(int entries)
    {
        int picked = Math.Min(entries, PickedKeys);
        return [.. Enumerable.Range(0, picked).Select(i => ShacacheServer.EntryPath + EntryTemplate.Key(StampedRequests.Stamp((long)i * entries / picked)))];
    }

    /// <summary>Gives nginx each listing as a file.</summary>
    /// <returns>The length of each.</returns>
    private static async Task<long> CopyAsync(ShacacheServer server, Nginx nginx, string[] paths, CancellationToken cancellationToken)
    {
        using var http = new HttpClient();
        long lengthBytes = 0;
        await Parallel.ForEachAsync(paths, cancellationToken, async (path, token) =>
        {
            byte[] listing = await http.GetByteArrayAsync(new Uri(server.Url, path), token);
            await File.WriteAllBytesAsync(nginx.PathOf(path), listing, token);
            Interlocked.Exchange(ref lengthBytes, listing.Length);
        });
        return lengthBytes;
    }

    /// <summary>Distinct entries put by several writers.</summary>
    public static LoadPlan PutPlan(ShacacheServer server, int writers)
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
}
