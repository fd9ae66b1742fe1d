using System.Diagnostics;
using System.Globalization;
using Shacache.Benchmarks.Load;

namespace Shacache.Benchmarks.Archives;

/// <summary>What one process did with an archive.</summary>
/// <param name="Elapsed">From the start of the process to its end.</param>
/// <param name="ContentBytes">Bytes of the files, as the process counted them; 0 for tar, which does not say.</param>
/// <param name="PeakBytes">The most memory that was resident; 0 for tar.</param>
internal readonly record struct ArchiveTurn(TimeSpan Elapsed, long ContentBytes, long PeakBytes) : ITurn
{
    /// <summary>Runs this program's archive child: start of the runtime and compilation count, as for who calls the command.</summary>
    public static ArchiveTurn Ours(params string[] arguments)
    {
        (TimeSpan elapsed, string output) = Run(Environment.ProcessPath!, [typeof(ArchiveTurn).Assembly.Location, ArchiveChild.Name, .. arguments]);
        long[] numbers = [.. output.Split(' ').Select(text => long.Parse(text, CultureInfo.InvariantCulture))];
        return new ArchiveTurn(elapsed, numbers[0], numbers[1]);
    }

    /// <summary>Runs a line of shell; names come as its arguments.</summary>
    public static ArchiveTurn Shell(string line, params string[] arguments) => new(Run("/bin/sh", ["-c", line, "sh", .. arguments]).Elapsed, 0, 0);

    private static (TimeSpan Elapsed, string Output) Run(string program, string[] arguments)
    {
        long start = Stopwatch.GetTimestamp();
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, UseShellExecute = false })!;
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0
            ? (Stopwatch.GetElapsedTime(start), output)
            : throw new LoadException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}");
    }
}
