using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Shacache.Benchmarks.Load;
using Shacache.Benchmarks.Report;
using Shacache.Benchmarks.Servers;
using Shacache.Core.Blobs;

namespace Shacache.Benchmarks.Cases;

/// <summary>What TLS costs: the same downloads from the same server over HTTPS and over HTTP, in turn.</summary>
internal sealed class TlsBenchmarks : IBenchmark
{
    private static readonly (string Name, string Size, int LengthBytes, int Connections)[] Scenarios =
    [
        ("4k", "4 KiB", 4 << 10, 32),
        ("64k", "64 KiB", 64 << 10, 32),
        ("1m", "1 MiB", 1 << 20, 8),
    ];

    public IReadOnlyList<string> Ids { get; } = [.. Scenarios.SelectMany(scenario => (string[])[Id(scenario.Name, false), Id(scenario.Name, true)])];

    public void Run(BenchmarkSession session)
    {
        string certificate = session.PathOf("tls.pem");
        WriteCertificate(certificate);
        using var server = ShacacheServer.StartTls(session.PathOf("tls-data"), certificate, session.CancellationToken);
        foreach ((string name, string size, int lengthBytes, int connections) in Scenarios)
        {
            if (!session.Wants(Id(name, false)) && !session.Wants(Id(name, true)))
                continue;
            byte[] content = RandomNumberGenerator.GetBytes(lengthBytes);
            var digest = Digest.Compute(content);
            UploadAsync(server, content, digest, session.CancellationToken).GetAwaiter().GetResult();
            foreach (bool close in (bool[])[false, true])
            {
                var load = new StreamLoad(connections, RequestHead.Get(ShacacheServer.BlobPath + digest, close), lengthBytes, close);
                session.Measure(Id(name, close), () => Compare(session, server, load, Id(name, close), $"GET {size} {(close ? "close" : "keep-alive")}, TLS"));
            }
        }
    }

    private static string Id(string name, bool close) => $"tls-{name}-{(close ? "close" : "keep")}";

    private static Measurement Compare(BenchmarkSession session, ShacacheServer server, StreamLoad load, string id, string title)
    {
        List<(double Rate, double CpuMicroseconds)> tls = [];
        List<(double Rate, double CpuMicroseconds)> plain = [];
        load.Run(server.TlsPort, tls: true, session.Settings.WarmUp, session.CancellationToken);
        load.Run(server.Port, tls: false, session.Settings.WarmUp, session.CancellationToken);
        for (int round = 0; round < session.Settings.Rounds; round++)
        {
            // A B, B A, …: neither profits from its place.
            foreach (bool isTls in round % 2 == 0 ? (bool[])[true, false] : [false, true])
            {
                TimeSpan before = server.CpuTime;
                LoadResult result = load.Run(isTls ? server.TlsPort : server.Port, isTls, session.Settings.Window, session.CancellationToken);
                (isTls ? tls : plain).Add((result.RequestsPerSecond, (server.CpuTime - before).TotalMicroseconds / Math.Max(result.Requests, 1)));
            }
        }

        return new Measurement
        {
            Id = id,
            Title = title,
            Unit = "req/s",
            Against = "HTTP",
            Ours = [.. tls.Select(turn => turn.Rate)],
            Theirs = [.. plain.Select(turn => turn.Rate)],
            OurCpuMicroseconds = Measurement.Median([.. tls.Select(turn => turn.CpuMicroseconds)]),
            TheirCpuMicroseconds = Measurement.Median([.. plain.Select(turn => turn.CpuMicroseconds)]),
        };
    }

    private static async Task UploadAsync(ShacacheServer server, byte[] content, Digest digest, CancellationToken cancellationToken)
    {
        using var http = new HttpClient();
        using HttpResponseMessage answer = await http.PostAsync(new Uri(server.Url, ShacacheServer.BlobPath), new ByteArrayContent(content), cancellationToken);
        if ((int)answer.StatusCode != 201)
            throw new LoadException($"the upload of {digest} was answered {(int)answer.StatusCode}");
        await Content.CheckAsync(http, server, digest, cancellationToken);
    }

    /// <summary>A certificate on P-256, as most public authorities issue them today.</summary>
    private static void WriteCertificate(string path)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        using X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(path, $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
    }
}
