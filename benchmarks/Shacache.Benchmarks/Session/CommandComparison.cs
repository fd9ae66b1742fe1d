using Shacache.Benchmarks.Load;
using Shacache.Benchmarks.Report;
using Shacache.Benchmarks.Servers;

namespace Shacache.Benchmarks.Session;

/// <summary>Runs of our commands and of another, in turn.</summary>
/// <param name="programs">The names of our programs; one empty one for what runs in the benchmark program.</param>
/// <param name="ours">The runs of each.</param>
/// <param name="theirs">The runs of the other command; empty when there is none.</param>
internal sealed class CommandComparison(IReadOnlyList<string> programs, IReadOnlyList<IReadOnlyList<CommandTurn>> ours, IReadOnlyList<CommandTurn> theirs)
{
    /// <param name="session">The run.</param>
    /// <param name="rounds">How many.</param>
    /// <param name="ours">Runs the command of one of our programs.</param>
    /// <param name="theirs">Runs the other command.</param>
    public static CommandComparison Run(BenchmarkSession session, int rounds, Func<OurProgram, CommandTurn> ours, Func<CommandTurn>? theirs = null) =>
        Run(session, rounds, [.. session.Programs.Select(program => (program.Name, (Func<CommandTurn>)(() => ours(program))))], theirs);

    /// <param name="session">The run.</param>
    /// <param name="rounds">How many.</param>
    /// <param name="ours">Our commands, by the name of their program.</param>
    /// <param name="theirs">Runs the other command.</param>
    public static CommandComparison Run(
        BenchmarkSession session, int rounds, IReadOnlyList<(string Program, Func<CommandTurn> Run)> ours, Func<CommandTurn>? theirs = null)
    {
        IEnumerable<Func<CommandTurn>> sides = ours.Select(side => side.Run);
        IReadOnlyList<IReadOnlyList<CommandTurn>> turns = Turns.Take(
            session, rounds, [.. (theirs is null ? sides : sides.Append(theirs)).Select(run => (Func<CommandTurn>)(() => Take(session, run)))]);
        return new([.. ours.Select(side => side.Program)], [.. turns.Take(ours.Count)], theirs is null ? [] : turns[^1]);
    }

    /// <summary>Times from the start of a process to its end.</summary>
    public Measurement Times(string id, string title, string against) => Values(id, title, "ms", turn => turn.Elapsed.TotalMilliseconds, against);

    /// <summary>Processor times.</summary>
    public Measurement CpuTimes(string id, string title, string? against = null) => Values(id, title, "ms CPU", turn => turn.CpuTime.TotalMilliseconds, against);

    /// <summary>Peaks of our memory.</summary>
    public Measurement Memory(string id, string title) => Values(id, title, "MiB", turn => turn.PeakBytes / 1048576.0);

    private Measurement Values(string id, string title, string unit, Func<CommandTurn, double> value, string? against = null) => new()
    {
        Id = id,
        Title = title,
        Unit = unit,
        Against = against ?? "",
        Programs = [.. programs.Zip(ours, (name, turns) => new ProgramResult(name, [.. turns.Select(value)], against is null ? null : [.. theirs.Select(value)]))],
    };

    private static CommandTurn Take(BenchmarkSession session, Func<CommandTurn> run)
    {
        session.Settle();
        try
        {
            return run();
        }
        catch (LoadException)
        {
            // An interruption from the terminal ends the child too: then that is what happened.
            session.CancellationToken.ThrowIfCancellationRequested();
            throw;
        }
    }
}
