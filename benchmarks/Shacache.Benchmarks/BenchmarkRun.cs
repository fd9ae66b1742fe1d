using System.Runtime.InteropServices;
using Shacache.Benchmarks.Archives;
using Shacache.Benchmarks.Cases;
using Shacache.Benchmarks.Eviction;
using Shacache.Benchmarks.Report;
using Shacache.Benchmarks.Servers;

namespace Shacache.Benchmarks;

/// <summary>The benchmarks against real servers.</summary>
internal static class BenchmarkRun
{
    private const int Done = 0;
    private const int Failed = 1;
    private const int Usage = 2;

    private static readonly IBenchmark[] Benchmarks =
    [
        new GetBenchmarks(), new TlsBenchmarks(), new SignatureBenchmarks(), new SmallUploadBenchmarks(), new LargeUploadBenchmarks(), new EntryBenchmarks(), new StartBenchmarks(), new MemoryBenchmarks(),
        new ArchiveBenchmarks(), new BinaryBenchmarks(), new FillBenchmarks(), new EvictionBenchmarks(),
    ];

    /// <summary>Prints the names.</summary>
    public static int List()
    {
        foreach (string id in Benchmarks.Append(new BuildBenchmarks(null)).SelectMany(benchmark => benchmark.Ids))
            Console.WriteLine(id);
        return Done;
    }

    /// <returns>0 when everything was measured, whatever the figures are; 1 when something failed; 2 for a name that does not exist.</returns>
    public static int Run(RunSettings settings, string[] only, string folder, string? json, string? against, CancellationToken cancellationToken)
    {
        IBenchmark[] benchmarks = against is null ? Benchmarks : [new BuildBenchmarks(against)];
        var table = new ResultTable(Console.Out);
        using var session = new BenchmarkSession(settings, only, folder, table, cancellationToken);
        if (only.FirstOrDefault(name => !benchmarks.Any(b => b.Ids.Any(id => id.StartsWith(name, StringComparison.Ordinal)))) is { } unknown)
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
            $"{Environment.ProcessorCount} processors, {RuntimeInformation.FrameworkDescription}, {settings.Rounds} rounds of {settings.Window.TotalSeconds} s; " +
            "ratio: ours / theirs, median over the rounds.");
        table.PrintHeader();
        try
        {
            foreach (IBenchmark benchmark in benchmarks.Where(benchmark => benchmark.Ids.Any(session.Wants)))
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
