using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Shacache.Testing.Tls;

/// <summary>A TLS server that sends its own certificate and not the one that issued it, and names where that is to be had.</summary>
public sealed class LeafServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly TcpListener _issuers = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly X509Certificate2 _certificate;
    private readonly byte[] _issuer;
    private readonly Task[] _serving;
    private int _issuerConnections;
    private int _handshakes;

    public LeafServer(TestAuthority authority)
    {
        ArgumentNullException.ThrowIfNull(authority);
        _listener.Start();
        _issuers.Start();
        using var intermediate = X509Certificate2.CreateFromPem(authority.IntermediatePem);
        _issuer = intermediate.RawData;
        string url = $"http://127.0.0.1:{((IPEndPoint)_issuers.LocalEndpoint).Port}/issuer.crt";
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using X509Certificate2 certificate = authority.Issue(
            key, "leaf", extend: request => request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension(null, [url])));
        _certificate = certificate.CopyWithPrivateKey(key);
        _serving = [AcceptAsync(_listener, ServeAsync), AcceptAsync(_issuers, ServeIssuerAsync)];
    }

    public Uri Url => new($"https://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    /// <summary>How often somebody connected to where the issuer's certificate is.</summary>
    public int IssuerConnections => Volatile.Read(ref _issuerConnections);

    /// <summary>How many connections began.</summary>
    public int Handshakes => Volatile.Read(ref _handshakes);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_serving);
        _listener.Dispose();
        _issuers.Dispose();
        _certificate.Dispose();
        _stop.Dispose();
    }

    private static async Task AnswerAsync(Stream stream, byte[] body, CancellationToken cancellationToken)
    {
        byte[] request = new byte[16 * 1024];
        _ = await stream.ReadAsync(request, cancellationToken);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n"), cancellationToken);
        await stream.WriteAsync(body, cancellationToken);
    }

    private async Task AcceptAsync(TcpListener listener, Func<NetworkStream, Task> serve)
    {
        try
        {
            while (true)
            {
                using Socket socket = await listener.AcceptSocketAsync(_stop.Token);
                await using var stream = new NetworkStream(socket);
                try
                {
                    await serve(stream);
                }
                catch (Exception e) when (e is IOException or AuthenticationException)
                {
                    // The client hung up: it does not trust the certificate.
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(NetworkStream stream)
    {
        Interlocked.Increment(ref _handshakes);
        await using var tls = new SslStream(stream);

        // Offline: or this server itself would go and get the issuer.
        var options = new SslServerAuthenticationOptions { ServerCertificateContext = SslStreamCertificateContext.Create(_certificate, null, offline: true) };
        await tls.AuthenticateAsServerAsync(options, _stop.Token);
        await AnswerAsync(tls, "file"u8.ToArray(), _stop.Token);
    }

    private async Task ServeIssuerAsync(NetworkStream stream)
    {
        Interlocked.Increment(ref _issuerConnections);
        await AnswerAsync(stream, _issuer, _stop.Token);
    }
}
