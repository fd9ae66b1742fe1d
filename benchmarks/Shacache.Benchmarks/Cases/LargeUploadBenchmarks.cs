using Shacache.Benchmarks.Load;
using Shacache.Benchmarks.Report;
using Shacache.Benchmarks.Servers;
using Shacache.Benchmarks.Session;

namespace Shacache.Benchmarks.Cases;

/// <summary>Uploads of 1 GiB, hashed and durable before the answer, against hashing the file alone, and against nginx, which does neither.</summary>
internal sealed class LargeUploadBenchmarks : IBenchmark
{
    private const string AgainstOpenSsl = "post-1g-openssl";
    private const string AgainstNginx = "post-1g-nginx";
    private const string NginxPath = "/put/large";
    private const long LengthMib = 1024;

    public IReadOnlyList<string> Ids { get; } = [AgainstOpenSsl, AgainstNginx];

    public void Run(BenchmarkSession session)
    {
        using var nginx = Nginx.Start(session.NewFolder("large-nginx"), session.CancellationToken);
        using var ours = new OurServers(session, "large-data");
        string file = session.PathOf("large");
        Content.WriteRandomFile(file, LengthMib << 20, session.CancellationToken);

        Func<double> Side(Func<TimeSpan> run) => () =>
        {
            Content.Alter(file);
            session.Settle();
            return LengthMib / run().TotalSeconds;
        };
        TimeSpan Put()
        {
            TimeSpan elapsed = LargeTransfer.Upload(nginx.Port, "PUT", NginxPath, file);
            File.Delete(nginx.PathOf(NginxPath));
            return elapsed;
        }

        List<Func<double>> sides =
        [
            .. ours.All.Select(server => Side(() => LargeTransfer.Upload(server.Port, "POST", ShacacheServer.BlobPath, file))),
            Side(() => CommandTurn.Run("openssl", "dgst", "-sha512", file).Elapsed),
        ];
        if (session.Wants(AgainstNginx))
            sides.Add(Side(Put));
        IReadOnlyList<IReadOnlyList<double>> rates = Turns.Take(session, session.Settings.LargeRounds, sides);
        Measurement Result(string id, string against, int side) => new()
        {
            Id = id,
            Title = "POST 1 GiB",
            Unit = "MiB/s",
            Against = against,
            Programs = [.. session.Programs.Select((program, i) => new ProgramResult(program.Name, rates[i], rates[side]))],
        };
        session.Measure(AgainstOpenSsl, () => Result(AgainstOpenSsl, "openssl dgst", session.Programs.Count));
        session.Measure(AgainstNginx, () => Result(AgainstNginx, "nginx PUT", session.Programs.Count + 1));
    }
}
