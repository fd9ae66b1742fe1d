using Shacache.Benchmarks.Load;
using Shacache.Benchmarks.Servers;
using Shacache.Benchmarks.Session;

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
            CommandComparison turns = Compare(
                session,
                () => Ours("create", folder, archive),
                () => CommandTurn.Shell("tar czf \"$1\" -C \"$2\" release", session.PathOf("archive/tar.tar.gz"), Path.GetDirectoryName(folder)!));
            session.Measure(Create, () => turns.Times(Create, $"archive {size}, create", "tar cz"));
            session.Measure(CreateMemory, () => turns.Memory(CreateMemory, "archive, create, peak memory"));
        }
        else
        {
            Ours("create", folder, archive);
        }

        if (session.Wants(Extract))
        {
            CommandComparison turns = CompareExtraction(session, archive, "extract", "tar xzpf \"$1\" -C \"$2\"");
            session.Measure(Extract, () => turns.Times(Extract, $"archive {size}, extract", "tar xz"));
        }

        if (session.Wants(ExtractFlushed) || session.Wants(ExtractMemory))
        {
            CommandComparison turns = CompareExtraction(
                session, archive, "extract-flushed", "tar xzpf \"$1\" -C \"$2\" && sync -f \"$2\"");
            session.Measure(ExtractFlushed, () => turns.Times(ExtractFlushed, $"archive {size}, extract, flushed", "tar xz, sync"));
            session.Measure(ExtractMemory, () => turns.Memory(ExtractMemory, "archive, extract, peak memory"));
        }
    }

    private CommandComparison CompareExtraction(BenchmarkSession session, string archive, string work, string tar)
    {
        // Below a new parent in each turn, which stays until the end: ext4 creates files more slowly for minutes after many were deleted.
        int turn = 0;
        string NewParent() => session.NewFolder($"archive/{work}-{++turn}");

        return Compare(
            session,
            () => Ours(work, archive, Path.Combine(NewParent(), "release")),
            () => CommandTurn.Shell(tar, archive, NewParent()));
    }

    private CommandComparison Compare(BenchmarkSession session, Func<CommandTurn> ours, Func<CommandTurn> theirs) => CommandComparison.Run(
        session,
        session.Settings.LargeRounds,
        [("", () => ours() is var turn && turn.Output == $"{_contentBytes}" ? turn : throw new LoadException($"the archive holds {turn.Output} bytes of content instead of {_contentBytes}"))],
        theirs);

    /// <summary>Runs this program's archive child: start of the runtime and compilation count, as for who calls the command.</summary>
    private static CommandTurn Ours(params string[] arguments) =>
        CommandTurn.Run([Environment.ProcessPath!, typeof(ArchiveChild).Assembly.Location, ArchiveChild.Name, .. arguments]);
}
