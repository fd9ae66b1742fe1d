using System.Diagnostics;
using Shacache.Benchmarks.Load;

namespace Shacache.Benchmarks.Servers;

/// <summary>One run of a command line.</summary>
/// <param name="Elapsed">From the start of the process to its end.</param>
/// <param name="CpuTime">Processor time of the process, and of the processes that it waited for.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="PeakBytes">The most resident memory of the process itself, as the kernel keeps it (VmHWM); looked at every few milliseconds.</param>
internal readonly record struct CommandTurn(TimeSpan Elapsed, TimeSpan CpuTime, string Output, long PeakBytes)
{
    private const int LookMs = 5;

    /// <summary>Runs a program that is measured.</summary>
    public static CommandTurn Program(OurProgram program, params string[] arguments) => Run([.. program.Command, .. arguments]);

    /// <summary>Runs a line of bash; names come as its arguments.</summary>
    public static CommandTurn Shell(string line, params string[] arguments) => Run(["/bin/bash", "-c", line, "bash", .. arguments]);

    /// <summary>Runs a command. One at a time: the kernel counts the processor time of all processes that have ended.</summary>
    /// <exception cref="LoadException">It ended with another status than 0; the message has its standard error.</exception>
    public static CommandTurn Run(params string[] command)
    {
        TimeSpan before = LibC.CpuTimeOfEndedChildren();
        long start = Stopwatch.GetTimestamp();
        using Process process = Process.Start(
            new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
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
            ? new CommandTurn(elapsed, LibC.CpuTimeOfEndedChildren() - before, output.Result, peakBytes)
            : throw new LoadException($"{string.Join(' ', command)} ended with {process.ExitCode}: {error.Result.Trim()}");
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
