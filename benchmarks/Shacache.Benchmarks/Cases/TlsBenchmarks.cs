using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Shacache.Benchmarks.Load;
using Shacache.Benchmarks.Report;
using Shacache.Benchmarks.Servers;
using Shacache.Benchmarks.Session;
using Shacache.Core.Blobs;

namespace Shacache.Benchmarks.Cases;

/// <summary>Downloads over TLS 1.3, against nginx with the same certificate and key; over <c>close</c> each request is a whole handshake.</summary>
internal sealed class TlsBenchmarks : IBenchmark
{
    /// <summary>Enough to keep the server busy; each is a process.</summary>
    private const int Handshakers = 8;

    private static readonly GetBenchmarks.Scenario[] Scenarios = [.. GetBenchmarks.Scenarios.Where(scenario => scenario.Name is "4k" or "64k" or "1m")];

    public IReadOnlyList<string> Ids { get; } = [.. Scenarios.SelectMany(scenario => (string[])[Id(scenario, false), Id(scenario, true)])];

    public void Run(BenchmarkSession session)
    {
        string file = session.PathOf("tls.pem");
        using X509Certificate2 certificate = WriteCertificate(file);
        using var nginx = Nginx.Start(session.NewFolder("tls-nginx"), session.CancellationToken, certificate: file);
        using var ours = new OurServers(
            session, program => ShacacheServer.StartTls(program, OurServers.DataFolder(session, "tls-data", program), file, session.CancellationToken));
        foreach (GetBenchmarks.Scenario scenario in Scenarios)
        {
            if (!session.Wants(Id(scenario, false)) && !session.Wants(Id(scenario, true)))
                continue;
            Digest digest = scenario.PublishAsync(session, ours, nginx).GetAwaiter().GetResult()[0];
            foreach (ServerProcess server in (ServerProcess[])[.. ours.All, nginx])
                CheckContentAsync(certificate, server, digest, session.CancellationToken).GetAwaiter().GetResult();
            foreach (bool close in (bool[])[false, true])
                session.Measure(Id(scenario, close), () => Compare(session, scenario, close, digest, ours, nginx));
        }
    }

    private static string Id(GetBenchmarks.Scenario scenario, bool close) => scenario.Id(close).Replace("get-", "tls-", StringComparison.Ordinal);

    private static Uri Url(ServerProcess server) => new($"https://127.0.0.1:{server.TlsPort}/");

    private static Measurement Compare(
        BenchmarkSession session, GetBenchmarks.Scenario scenario, bool close, Digest digest, OurServers ours, Nginx nginx)
    {
        Side Side(ServerProcess server)
        {
            var url = new Uri(Url(server), ShacacheServer.BlobPath + digest);
            return close
                ? new(server, new HandshakeLoad(url, scenario.LengthBytes, Math.Min(scenario.Connections, Handshakers)).Run)
                : new(server, new WrkLoad(url, scenario.LengthBytes, scenario.Connections, session.PathOf("wrk.lua")).Run);
        }

        var template = new Measurement { Id = Id(scenario, close), Title = $"{scenario.Title(close)}, TLS", Unit = "req/s", Against = "nginx TLS" };
        return Comparison.Run(session, template, ours.All.Select(Side), Side(nginx), result => result.RequestsPerSecond);
    }

    private static async Task CheckContentAsync(X509Certificate2 certificate, ServerProcess server, Digest digest, CancellationToken cancellationToken)
    {
        using var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = new X509ChainPolicy
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    CustomTrustStore = { certificate },
                    RevocationMode = X509RevocationMode.NoCheck,
                },
            },
        };
        using var http = new HttpClient(handler);
        await Content.CheckAsync(http, Url(server), digest, cancellationToken);
    }

    /// <summary>A certificate on P-256, as most public authorities issue them today.</summary>
    private static X509Certificate2 WriteCertificate(string path)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        X509Certificate2 certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(path, $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
        return certificate;
    }
}
