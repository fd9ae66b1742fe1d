using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Shacache.Http.Tls;
using Shacache.Testing;
using Shacache.Testing.Tls;

namespace Shacache.Http.Tests.Tls;

/// <summary>A server with a certificate in files, and clients that trust nothing but the root above it.</summary>
internal sealed class TlsSite : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TestAuthority Authority { get; } = new();

    public string CertificatePath => _folder["tls.crt"];

    public string KeyPath => _folder["tls.key"];

    public string this[string name] => _folder[name];

    public TestServer Server { get; private set; } = null!;

    public ServerCertificate Certificate { get; private set; } = null!;

    public static async Task<TlsSite> StartAsync(
        CacheServerOptions? options = null, TimeSpan? handshakeTimeout = null, Action<KestrelServerOptions>? kestrel = null)
    {
        var site = new TlsSite();
        site.Authority.WritePair("first", site.CertificatePath, site.KeyPath);
        site.Certificate = ServerCertificate.Load(new CertificateFiles(site.CertificatePath, site.KeyPath), TimeProvider.System);
        site.Server = await TestServer.StartAsync(options, kestrel: kestrel, certificate: site.Certificate, handshakeTimeout: handshakeTimeout);
        return site;
    }

    /// <summary>A client that speaks one version of HTTP and no other.</summary>
    public HttpClient NewClient(Version version)
    {
        var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = Policy() },
            UseProxy = false,
        };
        return new HttpClient(handler)
        {
            BaseAddress = Server.TlsUrl,
            DefaultRequestVersion = version,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
    }

    /// <summary>A connection whose certificate was checked, without any HTTP on it.</summary>
    public async Task<SslStream> HandshakeAsync(SslProtocols protocols = SslProtocols.None, params SslApplicationProtocol[] offered)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, Server.TlsUrl.Port, TestContext.Current.CancellationToken);
        var stream = new SslStream(new NetworkStream(socket, ownsSocket: true));
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            EnabledSslProtocols = protocols,
            ApplicationProtocols = [.. offered],
            CertificateChainPolicy = Policy(),
        };
        await stream.AuthenticateAsClientAsync(options, TestContext.Current.CancellationToken);
        return stream;
    }

    /// <summary>The name in the certificate that a new connection is given.</summary>
    public async Task<string> FindNameAsync()
    {
        await using SslStream stream = await HandshakeAsync();
        return ((X509Certificate2)stream.RemoteCertificate!).GetNameInfo(X509NameType.SimpleName, forIssuer: false);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Authority.Dispose();
        _folder.Dispose();
    }

    private X509ChainPolicy Policy() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
        CustomTrustStore = { Authority.Root },
    };
}
