using Shacache.Benchmarks.Load;
using Shacache.Benchmarks.Report;
using Shacache.Benchmarks.Servers;
using Shacache.Benchmarks.Session;

namespace Shacache.Benchmarks.Packages;

/// <summary>Files that the server does not have: when their first byte comes, and how often the origin is asked for them.</summary>
internal sealed class ColdFileBenchmarks : IBenchmark
{
    private const string FirstByte = "packages-first-byte";
    private const string FirstByteIndexed = "packages-first-byte-index";
    private const string FirstByteAtOnce = "packages-first-byte-at-once";
    private const string OneTransfer = "packages-one-transfer";
    private const int Clients = 50;

    /// <summary>Files in each turn, whose median counts.</summary>
    private const int Files = 10;

    /// <summary>Turns before the first that counts: the first dozens of requests of a server compile code.</summary>
    private const int WarmUps = 5;

    /// <summary>What a near origin takes to its answer.</summary>
    private const string Near = "20";

    private const string AtOnce = "0";
    private const string Direct = "the origin";

    private int _number;

    public IReadOnlyList<string> Ids { get; } = [FirstByte, FirstByteIndexed, FirstByteAtOnce, OneTransfer];

    public void Run(BenchmarkSession session)
    {
        // Of each file that the index names, one program is asked for once; the first numbers are for those.
        int indexed = session.Wants(FirstByteIndexed) ? (session.Settings.Rounds + WarmUps) * session.Programs.Count * Files : 0;
        using var origin = new DelayedOrigin(indexed);
        _number = indexed;
        string settings = session.PathOf("packages-cold.ini");
        File.WriteAllText(settings, $"""
            gateway-allow-private = true

            [remote near]
            type = files
            url = {origin.Url}{Near}/files/

            [remote at-once]
            type = files
            url = {origin.Url}{AtOnce}/files/

            [remote python]
            type = pypi
            url = {origin.Url}{Near}/simple/
            """);
        using var ours = new OurServers(session, "packages-cold", "--config", settings);
        session.Measure(FirstByte, () => CompareFirstBytes(session, FirstByte, $"first byte, cold, origin of {Near} ms", origin, Near, ours, _ => Fresh("near")));
        session.Measure(FirstByteAtOnce, () => CompareFirstBytes(session, FirstByteAtOnce, "first byte, cold, origin of 0 ms", origin, AtOnce, ours, _ => Fresh("at-once")));
        session.Measure(FirstByteIndexed, () =>
        {
            Dictionary<ShacacheServer, Queue<string>> links = ours.All.Index().ToDictionary(
                pair => pair.Item, pair => new Queue<string>(LinksOf(session, pair.Item).Where((_, number) => number % ours.All.Count == pair.Index)));
            return CompareFirstBytes(session, FirstByteIndexed, $"first byte, cold, indexed, origin of {Near} ms", origin, Near, ours, server => links[server].Dequeue());
        });
        session.Measure(OneTransfer, () => CountTransfers(session, origin, ours));
    }

    private string Fresh(string remote) => $"/remote/{remote}/{_number++}";

    private Measurement CompareFirstBytes(
        BenchmarkSession session, string id, string title, DelayedOrigin origin, string delay, OurServers ours, Func<ShacacheServer, string> nextPath)
    {
        double Measure(int port, Func<string> next)
        {
            session.Settle();
            return Measurement.Median([.. Enumerable.Range(0, Files).Select(_ => RushLoad.Run(port, next(), DelayedOrigin.FileBytes, 1)[0].FirstByte.TotalMilliseconds)]);
        }

        Func<double>[] sides =
        [
            .. ours.All.Select(server => (Func<double>)(() => Measure(server.Port, () => nextPath(server)))),
            () => Measure(origin.Port, () => $"/{delay}/files/{_number++}"),
        ];

        Turns.Take(session, WarmUps, sides);
        IReadOnlyList<IReadOnlyList<double>> turns = Turns.Take(session, session.Settings.Rounds, sides);
        return new Measurement
        {
            Id = id,
            Title = title,
            Unit = "ms",
            Against = Direct,
            Programs = [.. session.Programs.Select((program, i) => new ProgramResult(program.Name, turns[i], turns[^1]))],
        };
    }

    private Measurement CountTransfers(BenchmarkSession session, DelayedOrigin origin, OurServers ours)
    {
        double Count(ShacacheServer server)
        {
            string path = Fresh("near");
            session.Settle();
            RushLoad.Run(server.Port, path, DelayedOrigin.FileBytes, Clients);
            return origin.CountOf($"/{Near}/files/{_number - 1}");
        }

        IReadOnlyList<IReadOnlyList<double>> turns = Turns.Take(session, session.Settings.Rounds, [.. ours.All.Select(server => (Func<double>)(() => Count(server)))]);
        return new Measurement
        {
            Id = OneTransfer,
            Title = $"{Clients} clients of one cold file",
            Unit = "transfers",
            Programs = [.. session.Programs.Select((program, i) => new ProgramResult(program.Name, turns[i]))],
        };
    }

    /// <summary>The paths of the files that the page of the package names, which the server has from now on.</summary>
    private static string[] LinksOf(BenchmarkSession session, ShacacheServer server)
    {
        using var http = new HttpClient();
        string page = http.GetStringAsync(new Uri(server.Url, "remote/python/simple/part/"), session.CancellationToken).GetAwaiter().GetResult();
        return [.. page.Split("href=\"").Skip(1).Select(link => new Uri(link.Split('#', '"')[0]).AbsolutePath)];
    }
}
