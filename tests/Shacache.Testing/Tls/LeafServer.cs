using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Shacache.Testing.Tls;

/// <summary>A TLS server that sends its own certificate and not the one that issued it, and names where that is to be had.</summary>
public sealed class LeafServer : IAsyncDisposable
{
    private readonly LoopbackServer _server;
    private readonly LoopbackServer _issuers;
    private readonly X509Certificate2 _certificate;
    private readonly byte[] _issuer;

    public LeafServer(TestAuthority authority)
    {
        ArgumentNullException.ThrowIfNull(authority);
        using var intermediate = X509Certificate2.CreateFromPem(authority.IntermediatePem);
        _issuer = intermediate.RawData;
        _issuers = new LoopbackServer(ServeIssuerAsync);
        string url = $"http://{_issuers.Authority}/issuer.crt";
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = authority.Issue(
            key, "leaf", extend: request => request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension(null, [url])));
        _certificate = certificate.CopyWithPrivateKey(key);
        _server = new LoopbackServer(ServeAsync);
    }

    public Uri Url => new($"https://{_server.Authority}/");

    /// <summary>How often a client connected to where the issuer's certificate is.</summary>
    public int IssuerConnections => _issuers.ConnectionCount;

    /// <summary>How many connections began.</summary>
    public int Handshakes => _server.ConnectionCount;

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _issuers.DisposeAsync();
        _certificate.Dispose();
    }

    private static async Task AnswerAsync(Stream stream, byte[] body, CancellationToken cancellationToken)
    {
        byte[] request = new byte[16 * 1024];
        _ = await stream.ReadAsync(request, cancellationToken);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n"), cancellationToken);
        await stream.WriteAsync(body, cancellationToken);
    }

    private async Task ServeAsync(Socket socket, CancellationToken stop)
    {
        await using var tls = new SslStream(new NetworkStream(socket));

        // Offline: or this server itself would go and get the issuer.
        var options = new SslServerAuthenticationOptions { ServerCertificateContext = SslStreamCertificateContext.Create(_certificate, null, offline: true) };
        await tls.AuthenticateAsServerAsync(options, stop);
        await AnswerAsync(tls, "file"u8.ToArray(), stop);
    }

    private async Task ServeIssuerAsync(Socket socket, CancellationToken stop)
    {
        await using var stream = new NetworkStream(socket);
        await AnswerAsync(stream, _issuer, stop);
    }
}
