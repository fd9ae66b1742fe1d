using Shacache.Benchmarks.Load;
using Shacache.Benchmarks.Report;
using Shacache.Benchmarks.Servers;
using Shacache.Benchmarks.Session;
using Shacache.Core.Blobs;

namespace Shacache.Benchmarks.Cases;

/// <summary>Resident memory: how much it grows at most above that of a server which has just answered for the first time.</summary>
internal sealed class MemoryBenchmarks : IBenchmark
{
    private const string Upload = "memory-upload";
    private const string Download = "memory-download";
    private const string Slow = "memory-slow";
    private const long LengthBytes = 1L << 30;
    private const int SlowClients = 256;
    private static readonly TimeSpan SlowTime = TimeSpan.FromSeconds(8);

    public IReadOnlyList<string> Ids { get; } = [Upload, Download, Slow];

    public void Run(BenchmarkSession session)
    {
        string file = session.PathOf("memory");
        Digest digest = Content.WriteRandomFile(file, LengthBytes, session.CancellationToken);
        string path = ShacacheServer.BlobPath + digest;
        using var nginx = Nginx.Start(session.NewFolder("memory-nginx"), session.CancellationToken);

        Measurement upload = Result(
            Upload, "memory, growth, 1 GiB upload", session, server => LargeTransfer.Upload(server.Port, "POST", ShacacheServer.BlobPath, file));
        session.Measure(Upload, () => upload);
        File.Move(file, nginx.PathOf(path));
        void Get(ServerProcess server) => LargeTransfer.Download(server.Port, path, LengthBytes);
        session.Measure(Download, () => Result(Download, "memory, growth, 1 GiB download", session, Get, nginx));
        void GetSlowly(ServerProcess server) => SlowClientLoad.Run(server.Port, path, SlowClients, SlowTime, session.CancellationToken);
        session.Measure(Slow, () => Result(Slow, $"memory, growth, {SlowClients} slow clients", session, GetSlowly, nginx));
    }

    private static Measurement Result(string id, string title, BenchmarkSession session, Action<ServerProcess> load, Nginx? nginx = null)
    {
        double Grow(ServerProcess server) => MemoryGrowth.During(server, () => load(server)) / 1048576.0;
        ProgramResult Of(OurProgram program)
        {
            using var server = ShacacheServer.Start(program, OurServers.DataFolder(session, "memory-data", program), session.CancellationToken);
            return new(program.Name, [Grow(server)]);
        }

        return new()
        {
            Id = id,
            Title = nginx is null ? title : $"{title} (nginx {Grow(nginx):0.0})",
            Unit = "MiB",
            Programs = [.. session.Programs.Select(Of)],
        };
    }
}
