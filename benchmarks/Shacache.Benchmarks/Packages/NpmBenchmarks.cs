using Shacache.Benchmarks.Load;
using Shacache.Benchmarks.Report;
using Shacache.Benchmarks.Servers;
using Shacache.Benchmarks.Session;

namespace Shacache.Benchmarks.Packages;

/// <summary><c>npm ci</c> of many packages that are all in the cache, with nothing kept by npm; and the same archives asked for without npm, whose own work hides much.</summary>
internal sealed class NpmBenchmarks : IBenchmark
{
    private const string Ci = "packages-npm-ci";
    private const string CiVerdaccio = "packages-npm-ci-verdaccio";
    private const string Archives = "packages-archives";
    private const string ArchivesVerdaccio = "packages-archives-verdaccio";
    private const string Other = "verdaccio";

    /// <summary>npm's own default.</summary>
    private const int Connections = 15;

    private const string Command = """
        cd "$1" && HOME=$1 npm_config_userconfig=/dev/null exec npm ci --registry "$2" --cache "$1/cache" --ignore-scripts --no-audit --no-fund --no-update-notifier --no-progress --loglevel error
        """;

    public IReadOnlyList<string> Ids { get; } = [Ci, CiVerdaccio, Archives, ArchivesVerdaccio];

    public void Run(BenchmarkSession session)
    {
        using var nginx = Nginx.Start(session.NewFolder("packages-nginx"), session.CancellationToken);
        var project = new NpmProject(nginx);
        string settings = session.PathOf("packages-npm.ini");
        File.WriteAllText(settings, $"gateway-allow-private = true\n\n[remote npm]\ntype = npm\nurl = {project.Origin}\n");
        using var ours = new OurServers(session, "packages-npm", "--config", settings);
        using Verdaccio? verdaccio = session.Wants(CiVerdaccio) || session.Wants(ArchivesVerdaccio) ? TryStart(session, project) : null;

        Registry[] sides = [.. ours.All.Select(server => new Registry(server, new Uri(server.Url, "remote/npm/"))), new Registry(nginx, project.Registry)];
        if (verdaccio is not null)
            sides = [.. sides, new Registry(verdaccio, verdaccio.Url)];
        int turn = 0;
        Installation Install(Registry side)
        {
            // Nothing is removed before the end: ext4 creates files more slowly for minutes after many were deleted.
            string folder = session.NewFolder($"packages-project-{++turn}");
            project.Write(folder);
            session.Settle();
            TimeSpan before = side.Server.CpuTime;
            CommandTurn run = CommandTurn.Shell(Command, folder, side.Url.AbsoluteUri);
            TimeSpan cpuTime = side.Server.CpuTime - before;
            if (!File.Exists(Path.Combine(folder, $"node_modules/part{NpmProject.Packages - 1}/index.js")))
                throw new LoadException($"npm ci installed nothing from {side.Url}");
            return new Installation(run.Elapsed.TotalMilliseconds, cpuTime.TotalMicroseconds / NpmProject.Packages);
        }

        // Fills the caches; the load after that is for what is compiled while it runs.
        foreach (Registry side in sides)
        {
            Install(side);
            Comparison.WarmUp(session, LoadOf(session, project, side));
        }

        if (session.Wants(Ci) || session.Wants(CiVerdaccio))
        {
            IReadOnlyList<IReadOnlyList<Installation>> turns = Turns.Take(session, session.Settings.Rounds, [.. sides.Select(side => (Func<Installation>)(() => Install(side)))]);
            session.Measure(Ci, () => CompareTimes(session, Ci, "nginx", turns, ours.All.Count));
            if (verdaccio is not null)
                session.Measure(CiVerdaccio, () => CompareTimes(session, CiVerdaccio, Other, turns, ours.All.Count + 1));
        }

        session.Measure(Archives, () => CompareRates(session, project, Archives, "nginx", [.. sides.Take(ours.All.Count + 1)]));
        if (verdaccio is not null)
            session.Measure(ArchivesVerdaccio, () => CompareRates(session, project, ArchivesVerdaccio, Other, [.. sides.Take(ours.All.Count), sides[^1]]));
    }

    private static Verdaccio? TryStart(BenchmarkSession session, NpmProject project)
    {
        try
        {
            return Verdaccio.Start(session, project.Origin);
        }
        catch (LoadException e)
        {
            session.CancellationToken.ThrowIfCancellationRequested();
            foreach (string id in (string[])[CiVerdaccio, ArchivesVerdaccio])
                session.Skip(id, $"verdaccio cannot be had here: {e.Message.ReplaceLineEndings(" ")}");
            return null;
        }
    }

    private static Measurement CompareTimes(BenchmarkSession session, string id, string against, IReadOnlyList<IReadOnlyList<Installation>> turns, int theirs)
    {
        double[] Times(int side) => [.. turns[side].Select(turn => turn.Milliseconds)];
        double CpuTime(int side) => Measurement.Median([.. turns[side].Select(turn => turn.CpuMicroseconds)]);
        return new Measurement
        {
            Id = id,
            Title = $"npm ci, {NpmProject.Packages} packages, warm",
            Unit = "ms",
            Against = against,
            Programs =
            [
                .. session.Programs.Select((program, i) => new ProgramResult(program.Name, Times(i), Times(theirs))
                {
                    OurCpuMicroseconds = CpuTime(i),
                    TheirCpuMicroseconds = CpuTime(theirs),
                }),
            ],
        };
    }

    private static Measurement CompareRates(BenchmarkSession session, NpmProject project, string id, string against, Registry[] sides)
    {
        var template = new Measurement { Id = id, Title = $"archives of npm, {Connections} connections, warm", Unit = "req/s", Against = against };
        return Comparison.Run(session, template, sides.SkipLast(1).Select(side => LoadOf(session, project, side)), LoadOf(session, project, sides[^1]), result => result.RequestsPerSecond);
    }

    private static Side LoadOf(BenchmarkSession session, NpmProject project, Registry side)
    {
        byte[][] requests = [.. project.ArchivePaths.Select(path => RequestHead.Get(side.Url.AbsolutePath + path, close: false))];
        var plan = new LoadPlan { Port = side.Server.Port, Connections = Connections, Requests = connection => new PickedRequests(requests, connection + 1), Status = 200 };
        return new Side(side.Server, plan, session.CancellationToken);
    }

    /// <summary>A server, and what npm is given as its registry there.</summary>
    private sealed record Registry(ServerProcess Server, Uri Url);

    /// <param name="Milliseconds">From the start of npm to its end.</param>
    /// <param name="CpuMicroseconds">Processor time of the server for each package.</param>
    private readonly record struct Installation(double Milliseconds, double CpuMicroseconds);
}
