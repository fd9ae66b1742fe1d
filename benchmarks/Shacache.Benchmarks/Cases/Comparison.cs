using Shacache.Benchmarks.Load;
using Shacache.Benchmarks.Report;
using Shacache.Benchmarks.Servers;

namespace Shacache.Benchmarks.Cases;

/// <summary>Loads two servers in turn, round by round, so that both see the same machine.</summary>
internal static class Comparison
{
    /// <param name="session">The run.</param>
    /// <param name="template">The measurement without its values.</param>
    /// <param name="ours">Our server and its load.</param>
    /// <param name="theirs">The other server and its load.</param>
    /// <param name="rate">What counts in a result, for each second.</param>
    /// <param name="settle">Whether the load writes: what is dirty is then written out before each turn.</param>
    public static Measurement Run(
        BenchmarkSession session,
        Measurement template,
        (ServerProcess Server, LoadPlan Plan) ours,
        (ServerProcess Server, LoadPlan Plan) theirs,
        Func<LoadResult, double> rate,
        bool settle)
    {
        LoadGenerator.Run(ours.Plan, session.Settings.WarmUp, session.CancellationToken);
        LoadGenerator.Run(theirs.Plan, session.Settings.WarmUp, session.CancellationToken);
        List<Turn> ourTurns = [];
        List<Turn> theirTurns = [];
        for (int round = 0; round < session.Settings.Rounds; round++)
        {
            // A B, B A, …: neither profits from its place.
            if (round % 2 == 0)
                ourTurns.Add(Take(session, ours.Server, ours.Plan, settle));
            theirTurns.Add(Take(session, theirs.Server, theirs.Plan, settle));
            if (round % 2 == 1)
                ourTurns.Add(Take(session, ours.Server, ours.Plan, settle));
        }

        return template with
        {
            Ours = [.. ourTurns.Select(turn => rate(turn.Result))],
            Theirs = [.. theirTurns.Select(turn => rate(turn.Result))],
            OurCpuMicroseconds = Measurement.Median([.. ourTurns.Select(turn => turn.CpuMicroseconds)]),
            TheirCpuMicroseconds = Measurement.Median([.. theirTurns.Select(turn => turn.CpuMicroseconds)]),
        };
    }

    private static Turn Take(BenchmarkSession session, ServerProcess server, LoadPlan plan, bool settle)
    {
        if (settle)
            session.Settle();
        TimeSpan before = server.CpuTime;
        LoadResult result = LoadGenerator.Run(plan, session.Settings.Window, session.CancellationToken);
        double requests = plan.BodyBytes > 0 ? result.BodyBytes / (double)plan.BodyBytes.Value : result.Requests;
        return new Turn(result, (server.CpuTime - before).TotalMicroseconds / Math.Max(requests, 1));
    }

    private readonly record struct Turn(LoadResult Result, double CpuMicroseconds);
}
