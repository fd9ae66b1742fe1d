using Shacache.Benchmarks.Cases;
using Shacache.Benchmarks.Load;

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
            TurnComparison<ArchiveTurn> turns = Compare(
                session,
                () => ArchiveTurn.Ours("create", folder, archive),
                () => ArchiveTurn.Shell("tar czf \"$1\" -C \"$2\" release", session.PathOf("archive/tar.tar.gz"), Path.GetDirectoryName(folder)!));
            session.Measure(Create, () => turns.Times(Create, $"archive {size}, create", "tar cz"));
            session.Measure(CreateMemory, () => turns.Memory(CreateMemory, "archive, create, peak memory"));
        }
        else
        {
            ArchiveTurn.Ours("create", folder, archive);
        }

        if (session.Wants(Extract))
        {
            TurnComparison<ArchiveTurn> turns = CompareExtraction(session, archive, "extract", "tar xzpf \"$1\" -C \"$2\"");
            session.Measure(Extract, () => turns.Times(Extract, $"archive {size}, extract", "tar xz"));
        }

        if (session.Wants(ExtractFlushed) || session.Wants(ExtractMemory))
        {
            TurnComparison<ArchiveTurn> turns = CompareExtraction(
                session, archive, "extract-flushed", "tar xzpf \"$1\" -C \"$2\" && sync -f \"$2\"");
            session.Measure(ExtractFlushed, () => turns.Times(ExtractFlushed, $"archive {size}, extract, flushed", "tar xz, sync"));
            session.Measure(ExtractMemory, () => turns.Memory(ExtractMemory, "archive, extract, peak memory"));
        }
    }

    private TurnComparison<ArchiveTurn> CompareExtraction(BenchmarkSession session, string archive, string work, string tar)
    {
        // Below a new parent in each turn, which stays until the end: ext4 creates files more slowly for minutes after many were deleted.
        int turn = 0;
        string NewParent() => session.NewFolder($"archive/{work}-{++turn}");

        return Compare(
            session,
            () => ArchiveTurn.Ours(work, archive, Path.Combine(NewParent(), "release")),
            () => ArchiveTurn.Shell(tar, archive, NewParent()));
    }

    private TurnComparison<ArchiveTurn> Compare(BenchmarkSession session, Func<ArchiveTurn> ours, Func<ArchiveTurn> theirs)
    {
        TurnComparison<ArchiveTurn> turns = TurnComparison<ArchiveTurn>.Run(session, ours, theirs);
        if (turns.Ours.Find(turn => turn.ContentBytes != _contentBytes) is { Elapsed.Ticks: > 0 } wrong)
            throw new LoadException($"the archive holds {wrong.ContentBytes} bytes of content instead of {_contentBytes}");
        return turns;
    }
}
