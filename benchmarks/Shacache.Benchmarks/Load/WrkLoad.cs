using System.Diagnostics;
using System.Globalization;

namespace Shacache.Benchmarks.Load;

/// <summary>GET of one object over HTTPS by <c>wrk</c>, whose cost is the same whoever answers.</summary>
/// <param name="url">The object.</param>
/// <param name="bodyBytes">The length that every answer's body must have.</param>
/// <param name="connections">Connections at the same time, each with one request under way.</param>
/// <param name="scriptFile">Where the script may be that prints the sums; written over.</param>
internal sealed class WrkLoad(Uri url, long bodyBytes, int connections, string scriptFile)
{
    private const string Mark = "sums ";
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(30);

    /// <summary>Loads the server for a while, whole seconds.</summary>
    /// <exception cref="LoadException">An answer was wrong, or none came, or wrk is not installed.</exception>
    public LoadResult Run(TimeSpan duration)
    {
        File.WriteAllText(
            scriptFile,
            $$"""
            done = function(s)
              io.write(string.format("{{Mark}}%d %d %d %d\n", s.requests, s.duration, s.bytes,
                s.errors.connect + s.errors.read + s.errors.write + s.errors.status + s.errors.timeout))
            end
            """);
        var start = new ProcessStartInfo(
            "wrk", [$"-t{Math.Min(connections, 2)}", $"-c{connections}", $"-d{Math.Ceiling(duration.TotalSeconds)}s", "-s", scriptFile, url.AbsoluteUri])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        using Process wrk = Process.Start(start)!;
        Task<string> output = wrk.StandardOutput.ReadToEndAsync();
        if (!wrk.WaitForExit(duration + MaxDelay))
        {
            wrk.Kill();
            throw new LoadException($"wrk did not end within {MaxDelay.TotalSeconds} s after its time");
        }

        string text = output.GetAwaiter().GetResult();
        if (text.Split('\n').FirstOrDefault(line => line.StartsWith(Mark, StringComparison.Ordinal)) is not { } sums)
            throw new LoadException($"wrk ended with {wrk.ExitCode}: {text}");
        long[] numbers = [.. sums[Mark.Length..].Split(' ').Select(number => long.Parse(number, CultureInfo.InvariantCulture))];
        (long requests, long microseconds, long bytes, long errors) = (numbers[0], numbers[1], numbers[2], numbers[3]);
        return errors == 0 && requests > 0 && bytes >= requests * bodyBytes
            ? new LoadResult(requests, requests * bodyBytes, requests, TimeSpan.FromMicroseconds(microseconds))
            : throw new LoadException($"wrk got {requests} answers with {bytes} bytes, each of at least {bodyBytes}, and {errors} errors from {url}");
    }
}
