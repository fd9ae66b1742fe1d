using Shacache.Benchmarks.Load;
using Shacache.Benchmarks.Report;
using Shacache.Benchmarks.Servers;

namespace Shacache.Benchmarks.Session;

/// <summary>One run: its settings, its temporary folder, its results. Disposal removes the folder.</summary>
/// <param name="settings">How much is measured.</param>
/// <param name="programs">Which of our programs are measured, the one first that others are compared with.</param>
/// <param name="wanted">The names of the measurements.</param>
/// <param name="workFolder">The temporary folder.</param>
/// <param name="results">Where results go.</param>
/// <param name="cancellationToken">Ends the run.</param>
internal sealed class BenchmarkSession(
    RunSettings settings, IReadOnlyList<OurProgram> programs, IReadOnlySet<string> wanted, string workFolder, ResultTable results, CancellationToken cancellationToken)
    : IDisposable
{
    public RunSettings Settings => settings;

    public IReadOnlyList<OurProgram> Programs => programs;

    public CancellationToken CancellationToken => cancellationToken;

    /// <summary>Whether a measurement was asked for.</summary>
    public bool Wants(string id) => wanted.Contains(id);

    /// <summary>A new folder of the run.</summary>
    public string NewFolder(string name) => Directory.CreateDirectory(PathOf(name)).FullName;

    /// <summary>A path in the run's folder.</summary>
    public string PathOf(string name) => Path.Combine(workFolder, name);

    /// <summary>Measures one thing, when it is wanted; when it fails, says so and goes on.</summary>
    public void Measure(string id, Func<Measurement> measure)
    {
        if (Wants(id))
            Guard(id, () => results.Add(measure()));
    }

    /// <summary>Says why a measurement is not made, when it is wanted.</summary>
    public void Skip(string id, string reason)
    {
        if (Wants(id))
            results.AddSkip(id, reason);
    }

    /// <summary>Runs a group; when its preparation fails, says so and goes on.</summary>
    public void Attempt(IBenchmark benchmark) => Guard(benchmark.Ids.First(Wants), () => benchmark.Run(this));

    /// <summary>Writes out what is dirty, so that no round pays for another's writes.</summary>
    public void Settle() => LibC.SyncFileSystemOf(PathOf("settle"));

    public void Dispose()
    {
        if (Directory.Exists(workFolder))
            Directory.Delete(workFolder, recursive: true);
    }

    private void Guard(string id, Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            results.AddFailure(id, e is LoadException ? e.Message : e.ToString());
        }
    }
}
