using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Shacache.Benchmarks.Load;

/// <summary>GET of one object by <c>openssl s_time</c>: each over a TLS connection of its own, which resumes no session.</summary>
/// <param name="url">The object.</param>
/// <param name="bodyBytes">The length of every answer's body.</param>
/// <param name="connections">How many processes ask, each for one after the other.</param>
internal sealed partial class HandshakeLoad(Uri url, long bodyBytes, int connections)
{
    // The head of an answer is shorter.
    private const int MaxHeadBytes = 1024;
    private static readonly TimeSpan MaxDelay = TimeSpan.FromSeconds(30);

    /// <summary>Loads the server for a while, whole seconds.</summary>
    /// <exception cref="LoadException">An answer was wrong, or none came.</exception>
    public LoadResult Run(TimeSpan duration)
    {
        string seconds = Math.Ceiling(duration.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        string[] arguments = ["s_time", "-connect", url.Authority, "-www", url.AbsolutePath, "-new", "-tls1_3", "-time", seconds];
        long start = Stopwatch.GetTimestamp();
        Process[] processes = [.. Enumerable.Range(0, connections).Select(_ => Process.Start(
            new ProcessStartInfo("openssl", arguments) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!)];
        try
        {
            Task<string>[] outputs = [.. processes.Select(async process => await process.StandardOutput.ReadToEndAsync() + await process.StandardError.ReadToEndAsync())];
            if (!Task.WaitAll(outputs, duration + MaxDelay))
                throw new LoadException($"openssl s_time did not end within {MaxDelay.TotalSeconds} s after its time");
            TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
            long requests = outputs.Sum(output => CountOf(output.Result));
            return new LoadResult(requests, requests * bodyBytes, requests, elapsed);
        }
        finally
        {
            foreach (Process process in processes)
            {
                if (!process.HasExited)
                    process.Kill();
                process.Dispose();
            }
        }
    }

    private long CountOf(string output)
    {
        Match sums = Sums().Match(output);
        if (!sums.Success)
            throw new LoadException($"openssl s_time printed no sums: {output.Trim()}");
        long perConnection = long.Parse(sums.Groups["bytes"].Value, CultureInfo.InvariantCulture);
        return perConnection >= bodyBytes && perConnection <= bodyBytes + MaxHeadBytes
            ? long.Parse(sums.Groups["count"].Value, CultureInfo.InvariantCulture)
            : throw new LoadException($"an answer from {url} had {perConnection} bytes, not {bodyBytes} and a head");
    }

    [GeneratedRegex(@"^(?<count>\d+) connections in \d+ real seconds, (?<bytes>\d+) bytes read per connection", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Sums();
}
