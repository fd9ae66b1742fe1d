using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Shacache.Protocol;

namespace Shacache.Http.Tls;

/// <summary>Puts TLS under HTTP.</summary>
public static class TlsExtensions
{
    /// <summary>TLS 1.2 and 1.3, with HTTP/2 or HTTP/1.1 as the client prefers (ALPN). To come before whatever handles HTTP.</summary>
    /// <param name="listen">Where the server listens.</param>
    /// <param name="certificate">Asked anew at each handshake.</param>
    /// <param name="handshakeTimeout">A connection whose handshake is not done by then is closed.</param>
    /// <param name="asksForCertificate">Whether clients are asked for a certificate, looked at anew at each handshake; null for never.</param>
    public static void UseTls(
        this ListenOptions listen, ServerCertificate certificate, TimeSpan handshakeTimeout, Func<bool>? asksForCertificate = null)
    {
        ArgumentNullException.ThrowIfNull(listen);
        ArgumentNullException.ThrowIfNull(certificate);
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            HandshakeTimeout = handshakeTimeout,
            OnConnection = _ => ValueTask.FromResult(CreateOptions(certificate, asksForCertificate?.Invoke() ?? false)),
        });
    }

    private static SslServerAuthenticationOptions CreateOptions(ServerCertificate certificate, bool asksForCertificate)
    {
        var options = new SslServerAuthenticationOptions
        {
            ServerCertificateContext = certificate.Context,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
        };
        if (!asksForCertificate)
            return options;

        // Every certificate is let in, and none is well: it is judged with each request that needs it, and refused there with a line that says why.
        // The handshake still proves that the client has the private key.
        options.ClientCertificateRequired = true;
#pragma warning disable CA5359 // It is the server that is called back, about its clients.
        options.RemoteCertificateValidationCallback = static (_, _, _, _) => true;
#pragma warning restore CA5359

        // What the handshake builds for that callback: nothing is searched, nothing is fetched from addresses that a stranger wrote into a certificate.
        options.CertificateChainPolicy = TlsSettings.CreateChainPolicy([]);
        return options;
    }
}
