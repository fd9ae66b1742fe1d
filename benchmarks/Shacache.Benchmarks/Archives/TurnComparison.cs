using Shacache.Benchmarks.Cases;
using Shacache.Benchmarks.Load;
using Shacache.Benchmarks.Report;

namespace Shacache.Benchmarks.Archives;

/// <summary>Runs of our process and of another, in turn, so that both see the same machine.</summary>
/// <param name="Ours">Our process.</param>
/// <param name="Theirs">The other one.</param>
internal sealed record TurnComparison<T>(List<T> Ours, List<T> Theirs)
    where T : ITurn
{
    /// <param name="session">The run.</param>
    /// <param name="ours">Runs our process once.</param>
    /// <param name="theirs">Runs the other one once.</param>
    public static TurnComparison<T> Run(BenchmarkSession session, Func<T> ours, Func<T> theirs)
    {
        var turns = new TurnComparison<T>([], []);
        for (int round = 0; round < session.Settings.LargeRounds; round++)
        {
            // A B, B A, …: neither profits from its place.
            if (round % 2 == 0)
                turns.Ours.Add(Take(session, ours));
            turns.Theirs.Add(Take(session, theirs));
            if (round % 2 == 1)
                turns.Ours.Add(Take(session, ours));
        }

        return turns;
    }

    public Measurement Times(string id, string title, string against) => new()
    {
        Id = id,
        Title = title,
        Unit = "ms",
        Ours = [.. Ours.Select(turn => turn.Elapsed.TotalMilliseconds)],
        Theirs = [.. Theirs.Select(turn => turn.Elapsed.TotalMilliseconds)],
        Against = against,
    };

    public Measurement Memory(string id, string title) => new()
    {
        Id = id,
        Title = title,
        Unit = "MiB",
        Ours = [.. Ours.Select(turn => turn.PeakBytes / 1048576.0)],
    };

    private static T Take(BenchmarkSession session, Func<T> take)
    {
        session.CancellationToken.ThrowIfCancellationRequested();
        session.Settle();
        try
        {
            return take();
        }
        catch (LoadException)
        {
            // An interruption from the terminal ends the child too: then that is what happened.
            session.CancellationToken.ThrowIfCancellationRequested();
            throw;
        }
    }
}
