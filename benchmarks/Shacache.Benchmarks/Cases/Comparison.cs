using Shacache.Benchmarks.Load;
using Shacache.Benchmarks.Report;
using Shacache.Benchmarks.Servers;

namespace Shacache.Benchmarks.Cases;

/// <summary>Loads two servers in turn, round by round, so that both see the same machine.</summary>
internal static class Comparison
{
    private const int MaxWarmUps = 6;
    private const double StillFalling = 0.9;

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
        WarmUp(session, ours.Server, ours.Plan);
        WarmUp(session, theirs.Server, theirs.Plan);
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

    /// <summary>
    /// Loads a server until a request costs it no less than before: what a few thousand requests make a virtual machine compile would
    /// otherwise be counted among the first rounds, and be half of what they cost.
    /// </summary>
    private static void WarmUp(BenchmarkSession session, ServerProcess server, LoadPlan plan)
    {
        double before = double.PositiveInfinity;
        for (int i = 0; i < MaxWarmUps; i++)
        {
            double now = Load(session, server, plan, session.Settings.WarmUp).CpuMicroseconds;
            if (now > StillFalling * before)
                break;
            before = now;
        }
    }

    private static Turn Take(BenchmarkSession session, ServerProcess server, LoadPlan plan, bool settle)
    {
        if (settle)
            session.Settle();
        return Load(session, server, plan, session.Settings.Window);
    }

    private static Turn Load(BenchmarkSession session, ServerProcess server, LoadPlan plan, TimeSpan window)
    {
        TimeSpan before = server.CpuTime;
        LoadResult result = LoadGenerator.Run(plan, window, session.CancellationToken);
        double requests = plan.BodyBytes > 0 ? result.BodyBytes / (double)plan.BodyBytes.Value : result.Requests;
        return new Turn(result, (server.CpuTime - before).TotalMicroseconds / Math.Max(requests, 1));
    }

    private readonly record struct Turn(LoadResult Result, double CpuMicroseconds);
}
