using System.Runtime.InteropServices;
using Shacache.Benchmarks.Archives;
using Shacache.Benchmarks.Cases;
using Shacache.Benchmarks.Eviction;
using Shacache.Benchmarks.Nodes;
using Shacache.Benchmarks.Packages;
using Shacache.Benchmarks.Report;
using Shacache.Benchmarks.Servers;
using Shacache.Benchmarks.Session;

namespace Shacache.Benchmarks;

/// <summary>The benchmarks against real servers.</summary>
internal static class BenchmarkRun
{
    /// <summary>Exit status for wrong arguments.</summary>
    public const int Usage = 2;

    private const int Done = 0;
    private const int Failed = 1;

    private static readonly IBenchmark[] Benchmarks =
    [
        new GetBenchmarks(), new EntryBenchmarks(), new SmallUploadBenchmarks(), new LargeUploadBenchmarks(), new TlsBenchmarks(), new StartBenchmarks(), new BinaryBenchmarks(),
        new MemoryBenchmarks(), new FillBenchmarks(), new ArchiveBenchmarks(), new SignatureBenchmarks(), new EvictionBenchmarks(),
        new TierBenchmarks(), new NodeContentBenchmarks(), new NodeEntryBenchmarks(), new NodeMemoryBenchmarks(),
        new NpmBenchmarks(), new ColdFileBenchmarks(),
    ];

    private static IEnumerable<string> Ids => Benchmarks.SelectMany(benchmark => benchmark.Ids);

    /// <summary>Prints the names.</summary>
    public static int List()
    {
        foreach (string id in Ids)
            Console.WriteLine(id);
        return Done;
    }

    /// <summary>The measurements of some names. A name that is only the beginning of one means all that begin so.</summary>
    /// <param name="only">The names; none for all.</param>
    /// <param name="unknown">The first that means none.</param>
    private static HashSet<string> Select(IReadOnlyCollection<string> only, out string? unknown)
    {
        List<(string Name, string[] Ids)> named =
        [
            .. only.Select(name => (name, Ids.Contains(name) ? [name] : Ids.Where(id => id.StartsWith(name, StringComparison.Ordinal)).ToArray())),
        ];
        unknown = named.Find(pair => pair.Ids.Length == 0).Name;
        return only.Count == 0 ? [.. Ids] : [.. named.SelectMany(pair => pair.Ids)];
    }

    /// <returns>0 when everything was measured, whatever the figures are; 1 when something failed; 2 for a name that does not exist.</returns>
    public static int Run(
        RunSettings settings, IReadOnlyList<OurProgram> programs, IReadOnlyCollection<string> only, string folder, string? json, CancellationToken cancellationToken)
    {
        var table = new ResultTable(Console.Out, [.. programs.Select(program => program.Name)]);
        HashSet<string> wanted = Select(only, out string? unknown);
        using var session = new BenchmarkSession(settings, programs, wanted, folder, table, cancellationToken);
        if (unknown is not null)
        {
            Console.Error.WriteLine($"bench: no measurement is called {unknown}; --list prints the names");
            return Usage;
        }

        if (!OperatingSystem.IsLinux() || !Nginx.IsInstalled)
        {
            Console.Error.WriteLine("bench: needs Linux and nginx (Debian: apt-get install nginx-light)");
            return Failed;
        }

        Console.WriteLine(
            $"{Environment.ProcessorCount} processors, load {File.ReadAllText("/proc/loadavg").Split(' ')[0]}, {new DriveInfo(folder).DriveFormat}, {RuntimeInformation.FrameworkDescription}, " +
            $"{settings.Rounds} rounds of {settings.Window.TotalSeconds} s; ratio: ours / theirs, median over the rounds.");
        foreach (OurProgram program in programs)
            Console.WriteLine($"{program.Name}: {program.Path}");
        if (!programs.Any(program => program.Name == OurProgram.Native))
            Console.WriteLine("No native program: tools/native linux-x64 artifacts/native builds it, or --native names one.");
        table.PrintHeader();
        try
        {
            foreach (IBenchmark benchmark in Benchmarks.Where(benchmark => benchmark.Ids.Any(session.Wants)))
                session.Attempt(benchmark);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            Console.Error.WriteLine("bench: interrupted");
            return Failed;
        }

        table.PrintSummary();
        if (json is not null)
            JsonReport.Write(json, table, TimeProvider.System.GetUtcNow());
        return table.Failures.Count == 0 ? Done : Failed;
    }
}
