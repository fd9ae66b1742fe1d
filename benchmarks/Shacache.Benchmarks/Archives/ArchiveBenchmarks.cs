using Shacache.Benchmarks.Cases;
using Shacache.Benchmarks.Load;
using Shacache.Benchmarks.Report;

namespace Shacache.Benchmarks.Archives;

/// <summary>Archives of built software against <c>tar</c> with its gzip: times, each of a whole process, and the peak of our memory.</summary>
internal sealed class ArchiveBenchmarks : IBenchmark
{
    private const string Create = "archive-create";
    private const string Extract = "archive-extract";
    private const string ExtractFlushed = "archive-extract-flushed";
    private const string CreateMemory = "archive-memory-create";
    private const string ExtractMemory = "archive-memory-extract";

    private long _contentBytes;

    public IReadOnlyList<string> Ids { get; } = [Create, CreateMemory, Extract, ExtractFlushed, ExtractMemory];

    public void Run(BenchmarkSession session)
    {
        string folder = session.PathOf("archive/release");
        string archive = session.PathOf("archive/ours.tar.gz");
        _contentBytes = GeneratedTree.Write(folder, session.Settings.ArchiveFiles, session.CancellationToken);
        string size = $"{session.Settings.ArchiveFiles:#,##0} files";

        if (session.Wants(Create) || session.Wants(CreateMemory))
        {
            (List<ArchiveTurn> ours, List<ArchiveTurn> theirs) = Compare(
                session,
                () => ArchiveTurn.Ours("create", folder, archive),
                () => ArchiveTurn.Shell("tar czf \"$1\" -C \"$2\" release", session.PathOf("archive/tar.tar.gz"), Path.GetDirectoryName(folder)!));
            session.Measure(Create, () => Times(Create, $"archive {size}, create", "tar cz", ours, theirs));
            session.Measure(CreateMemory, () => Memory(CreateMemory, "archive, create, peak memory", ours));
        }
        else
        {
            ArchiveTurn.Ours("create", folder, archive);
        }

        if (session.Wants(Extract))
        {
            (List<ArchiveTurn> ours, List<ArchiveTurn> theirs) = CompareExtraction(session, archive, "extract", "tar xzpf \"$1\" -C \"$2\"");
            session.Measure(Extract, () => Times(Extract, $"archive {size}, extract", "tar xz", ours, theirs));
        }

        if (session.Wants(ExtractFlushed) || session.Wants(ExtractMemory))
        {
            (List<ArchiveTurn> ours, List<ArchiveTurn> theirs) = CompareExtraction(
                session, archive, "extract-flushed", "tar xzpf \"$1\" -C \"$2\" && sync -f \"$2\"");
            session.Measure(ExtractFlushed, () => Times(ExtractFlushed, $"archive {size}, extract, flushed", "tar xz, sync", ours, theirs));
            session.Measure(ExtractMemory, () => Memory(ExtractMemory, "archive, extract, peak memory", ours));
        }
    }

    private (List<ArchiveTurn> Ours, List<ArchiveTurn> Theirs) CompareExtraction(BenchmarkSession session, string archive, string work, string tar)
    {
        // Below a new parent in each turn, which stays until the end: ext4 creates files more slowly for minutes after many were deleted.
        int turn = 0;
        string NewParent() => session.NewFolder($"archive/{work}-{++turn}");

        return Compare(
            session,
            () => ArchiveTurn.Ours(work, archive, Path.Combine(NewParent(), "release")),
            () => ArchiveTurn.Shell(tar, archive, NewParent()));
    }

    private (List<ArchiveTurn> Ours, List<ArchiveTurn> Theirs) Compare(BenchmarkSession session, Func<ArchiveTurn> ours, Func<ArchiveTurn> theirs)
    {
        List<ArchiveTurn> ourTurns = [];
        List<ArchiveTurn> theirTurns = [];
        void Take(List<ArchiveTurn> turns, Func<ArchiveTurn> take)
        {
            session.CancellationToken.ThrowIfCancellationRequested();
            session.Settle();
            try
            {
                turns.Add(take());
            }
            catch (LoadException)
            {
                // An interruption from the terminal ends the child too: then that is what happened.
                session.CancellationToken.ThrowIfCancellationRequested();
                throw;
            }
        }

        for (int round = 0; round < session.Settings.LargeRounds; round++)
        {
            // A B, B A, …: neither profits from its place.
            if (round % 2 == 0)
                Take(ourTurns, ours);
            Take(theirTurns, theirs);
            if (round % 2 == 1)
                Take(ourTurns, ours);
        }

        if (ourTurns.Find(turn => turn.ContentBytes != _contentBytes) is { Elapsed.Ticks: > 0 } wrong)
            throw new LoadException($"the archive holds {wrong.ContentBytes} bytes of content instead of {_contentBytes}");
        return (ourTurns, theirTurns);
    }

    private static Measurement Times(string id, string title, string against, List<ArchiveTurn> ours, List<ArchiveTurn> theirs) => new()
    {
        Id = id,
        Title = title,
        Unit = "ms",
        Ours = [.. ours.Select(turn => turn.Elapsed.TotalMilliseconds)],
        Theirs = [.. theirs.Select(turn => turn.Elapsed.TotalMilliseconds)],
        Against = against,
    };

    private static Measurement Memory(string id, string title, List<ArchiveTurn> ours) => new()
    {
        Id = id,
        Title = title,
        Unit = "MiB",
        Ours = [.. ours.Select(turn => turn.PeakBytes / 1048576.0)],
    };
}
