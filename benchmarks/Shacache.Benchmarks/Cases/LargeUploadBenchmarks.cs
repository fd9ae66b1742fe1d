using System.Diagnostics;
using Shacache.Benchmarks.Load;
using Shacache.Benchmarks.Report;
using Shacache.Benchmarks.Servers;

namespace Shacache.Benchmarks.Cases;

/// <summary>Uploads of 1 GiB, hashed and durable before the answer, against hashing the file alone, and against nginx, which does neither.</summary>
internal sealed class LargeUploadBenchmarks : IBenchmark
{
    private const string AgainstOpenSsl = "post-1g-openssl";
    private const string AgainstNginx = "post-1g-nginx";
    internal const long LengthMib = 1024;

    public IReadOnlyList<string> Ids { get; } = [AgainstOpenSsl, AgainstNginx];

    public void Run(BenchmarkSession session)
    {
        using var nginx = Nginx.Start(session.NewFolder("large-nginx"), session.CancellationToken);
        using var ours = ShacacheServer.Start(session.PathOf("large-data"), session.CancellationToken);
        string file = session.PathOf("large");
        Content.WriteRandomFile(file, LengthMib << 20, session.CancellationToken);

        List<double> ourRates = [];
        List<double> opensslRates = [];
        List<double> nginxRates = [];
        double Rate(TimeSpan elapsed) => LengthMib / elapsed.TotalSeconds;
        void Measure()
        {
            for (int round = 0; round < session.Settings.LargeRounds; round++)
            {
                session.CancellationToken.ThrowIfCancellationRequested();
                Content.Alter(file);
                session.Settle();
                ourRates.Add(Rate(LargeTransfer.Upload(ours.Port, "POST", ShacacheServer.BlobPath, file)));
                session.Settle();
                opensslRates.Add(Rate(HashWithOpenSsl(file)));
                nginxRates.Add(Rate(LargeTransfer.Upload(nginx.Port, "PUT", $"/put/{round}", file)));
                File.Delete(session.PathOf($"large-nginx/www/put/{round}"));
            }
        }

        Measurement Result(string id, string against, List<double> theirs)
        {
            if (ourRates.Count == 0)
                Measure();
            return new() { Id = id, Title = "POST 1 GiB", Unit = "MiB/s", Ours = ourRates, Theirs = theirs, Against = against };
        }

        session.Measure(AgainstOpenSsl, () => Result(AgainstOpenSsl, "openssl dgst", opensslRates));
        session.Measure(AgainstNginx, () => Result(AgainstNginx, "nginx PUT", nginxRates));
    }

    private static TimeSpan HashWithOpenSsl(string file)
    {
        long start = Stopwatch.GetTimestamp();
        using Process openssl = Process.Start(new ProcessStartInfo("openssl", ["dgst", "-sha512", file]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        openssl.StandardOutput.ReadToEnd();
        openssl.WaitForExit();
        return openssl.ExitCode == 0 ? Stopwatch.GetElapsedTime(start) : throw new LoadException($"openssl ended with {openssl.ExitCode}");
    }
}
