using Shacache.Benchmarks.Load;
using Shacache.Benchmarks.Report;
using Shacache.Benchmarks.Servers;

namespace Shacache.Benchmarks.Session;

/// <summary>Loads servers in turn, round by round.</summary>
internal static class Comparison
{
    private const int MaxWarmUps = 6;
    private const double StillFalling = 0.9;

    /// <summary>Our servers, one of each program, against one other.</summary>
    /// <param name="session">The run.</param>
    /// <param name="template">The measurement without its values.</param>
    /// <param name="ours">Our servers and their load.</param>
    /// <param name="theirs">The other server and its load.</param>
    /// <param name="rate">What counts in a result, for each second.</param>
    /// <param name="settle">Whether the load writes: what is dirty is then written out before each turn.</param>
    public static Measurement Run(
        BenchmarkSession session, Measurement template, IEnumerable<Side> ours, Side theirs, Func<LoadResult, double> rate, bool settle = false)
    {
        IReadOnlyList<SideResult> results = Run(session, [.. ours, theirs], rate, settle);
        return template with { Programs = [.. session.Programs.Select((program, i) => Result(program, results[i], results[^1]))] };
    }

    /// <summary>Any servers.</summary>
    /// <returns>The result of each.</returns>
    public static IReadOnlyList<SideResult> Run(BenchmarkSession session, IReadOnlyList<Side> sides, Func<LoadResult, double> rate, bool settle = false)
    {
        foreach (Side side in sides)
            WarmUp(session, side);
        IReadOnlyList<IReadOnlyList<Turn>> turns = Turns.Take(session, session.Settings.Rounds, [.. sides.Select(side => (Func<Turn>)(() =>
        {
            if (settle)
                session.Settle();
            return Load(side, session.Settings.Window);
        }))]);
        return [.. turns.Select(own => new SideResult([.. own.Select(turn => rate(turn.Result))], Measurement.Median([.. own.Select(turn => turn.CpuMicroseconds)])))];
    }

    /// <summary>A program's part of a measurement.</summary>
    public static ProgramResult Result(OurProgram program, SideResult ours, SideResult? theirs = null) => new(program.Name, ours.Rates, theirs?.Rates)
    {
        OurCpuMicroseconds = ours.CpuMicroseconds,
        TheirCpuMicroseconds = theirs?.CpuMicroseconds ?? 0,
    };

    /// <summary>
    /// Loads a server until a request costs it no less than before: what a few thousand requests make a virtual machine compile would
    /// otherwise be counted among the first rounds, and be half of what they cost.
    /// </summary>
    public static void WarmUp(BenchmarkSession session, Side side)
    {
        double before = double.PositiveInfinity;
        for (int i = 0; i < MaxWarmUps; i++)
        {
            session.CancellationToken.ThrowIfCancellationRequested();
            double now = Load(side, session.Settings.WarmUp).CpuMicroseconds;
            if (now > StillFalling * before)
                break;
            before = now;
        }
    }

    private static Turn Load(Side side, TimeSpan window)
    {
        TimeSpan before = side.Server.CpuTime;
        LoadResult result = side.Load(window);
        return new Turn(result, (side.Server.CpuTime - before).TotalMicroseconds / Math.Max(result.Answers, 1));
    }

    private readonly record struct Turn(LoadResult Result, double CpuMicroseconds);
}

/// <summary>A server and the load that it gets for a while.</summary>
/// <param name="Server">The server.</param>
/// <param name="Load">Loads it.</param>
internal sealed record Side(ServerProcess Server, Func<TimeSpan, LoadResult> Load)
{
    public Side(ServerProcess server, LoadPlan plan, CancellationToken cancellationToken)
        : this(server, duration => LoadGenerator.Run(plan, duration, cancellationToken))
    {
    }
}

/// <summary>What a side did in each round.</summary>
/// <param name="Rates">What counts, for each second.</param>
/// <param name="CpuMicroseconds">The server's processor time for each request, median over the rounds.</param>
internal sealed record SideResult(IReadOnlyList<double> Rates, double CpuMicroseconds);
