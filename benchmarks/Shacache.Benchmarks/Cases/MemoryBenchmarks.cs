using Shacache.Benchmarks.Load;
using Shacache.Benchmarks.Report;
using Shacache.Benchmarks.Servers;
using Shacache.Core.Blobs;

namespace Shacache.Benchmarks.Cases;

/// <summary>Resident memory: idle, and how much it grows at most above that of a server which has just answered for the first time.</summary>
internal sealed class MemoryBenchmarks : IBenchmark
{
    private const string Idle = "memory-idle";
    private const string Upload = "memory-upload";
    private const string Download = "memory-download";
    private const string Slow = "memory-slow";
    private const long LengthBytes = 1L << 30;
    private const int SlowClients = 256;
    private static readonly TimeSpan SlowTime = TimeSpan.FromSeconds(8);

    public IReadOnlyList<string> Ids { get; } = [Idle, Upload, Download, Slow];

    public void Run(BenchmarkSession session)
    {
        string data = session.PathOf("memory-data");
        string file = session.PathOf("memory");
        Digest digest = Content.WriteRandomFile(file, LengthBytes, session.CancellationToken);
        string path = ShacacheServer.BlobPath + digest;
        using var nginx = Nginx.Start(session.NewFolder("memory-nginx"), session.CancellationToken);

        session.Measure(Idle, () =>
        {
            using var ours = ShacacheServer.Start(session.PathOf("memory-empty"), session.CancellationToken);
            return Result(Idle, "memory, idle", ours.ResidentBytes, nginx.ResidentBytes);
        });

        bool wantsDownloads = session.Wants(Download) || session.Wants(Slow);
        if (!session.Wants(Upload) && !wantsDownloads)
            return;
        using (var ours = ShacacheServer.Start(data, session.CancellationToken))
        {
            void Send() => LargeTransfer.Upload(ours.Port, "POST", ShacacheServer.BlobPath, file);
            if (session.Wants(Upload))
                session.Measure(Upload, () => Result(Upload, "memory, growth, 1 GiB upload", MemoryGrowth.During(ours, Send)));
            else
                Send();
        }

        File.Move(file, Path.Combine(nginx.ContentFolder, digest.ToString()));
        session.Measure(Download, () => Result(
            Download,
            "memory, growth, 1 GiB download",
            Grow(session, data, server => LargeTransfer.Download(server.Port, path, LengthBytes)),
            MemoryGrowth.During(nginx, () => LargeTransfer.Download(nginx.Port, path, LengthBytes))));

        session.Measure(Slow, () => Result(
            Slow,
            $"memory, growth, {SlowClients} slow clients",
            Grow(session, data, server => SlowClientLoad.Run(server.Port, path, SlowClients, SlowTime, session.CancellationToken)),
            MemoryGrowth.During(nginx, () => SlowClientLoad.Run(nginx.Port, path, SlowClients, SlowTime, session.CancellationToken))));
    }

    private static long Grow(BenchmarkSession session, string data, Action<ShacacheServer> load)
    {
        using var ours = ShacacheServer.Start(data, session.CancellationToken);
        return MemoryGrowth.During(ours, () => load(ours));
    }

    private static Measurement Result(string id, string title, long ourBytes, long? theirBytes = null) => new()
    {
        Id = id,
        Title = theirBytes is null ? title : $"{title} (nginx {theirBytes.Value / 1048576.0:0.0})",
        Unit = "MiB",
        Ours = [ourBytes / 1048576.0],
    };
}
