using System.Diagnostics;
using Shacache.Benchmarks.Load;
using Shacache.Benchmarks.Servers;

namespace Shacache.Benchmarks.Archives;

/// <summary>One run of a command line.</summary>
/// <param name="Elapsed">From the start of the process to its end.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="PeakBytes">The most resident memory of the process itself, as the kernel keeps it (VmHWM); looked at every few milliseconds.</param>
internal readonly record struct CommandTurn(TimeSpan Elapsed, string Output, long PeakBytes) : ITurn
{
    private const int LookMs = 5;

    /// <summary>Runs the program that is measured.</summary>
    public static CommandTurn Program(params string[] arguments) => Run("dotnet", [ShacacheServer.FindProgram(), .. arguments]);

    /// <summary>Runs a line of bash; names come as its arguments.</summary>
    public static CommandTurn Shell(string line, params string[] arguments) => Run("/bin/bash", ["-c", line, "bash", .. arguments]);

    private static CommandTurn Run(string program, string[] arguments)
    {
        long start = Stopwatch.GetTimestamp();
        using Process process = Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        long peakBytes = 0;
        while (!process.WaitForExit(LookMs))
        {
            process.Refresh();
            peakBytes = Math.Max(peakBytes, PeakOf(process));
        }

        TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
        Task.WaitAll(output, error);
        return process.ExitCode == 0
            ? new CommandTurn(elapsed, output.Result, peakBytes)
            : throw new LoadException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {error.Result.Trim()}");
    }

    private static long PeakOf(Process process)
    {
        try
        {
            return process.PeakWorkingSet64;
        }
        catch (InvalidOperationException)
        {
            // It ended meanwhile.
            return 0;
        }
    }
}
