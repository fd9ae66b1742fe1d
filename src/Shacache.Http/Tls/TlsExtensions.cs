using System.Net.Security;
using System.Security.Authentication;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Shacache.Http.Tls;

/// <summary>Puts TLS under HTTP.</summary>
public static class TlsExtensions
{
    /// <summary>TLS 1.2 and 1.3, with HTTP/2 or HTTP/1.1 as the client prefers (ALPN). To come before whatever handles HTTP.</summary>
    /// <param name="listen">Where the server listens.</param>
    /// <param name="certificate">Asked anew at each handshake.</param>
    /// <param name="handshakeTimeout">A connection whose handshake is not done by then is closed.</param>
    public static void UseTls(this ListenOptions listen, ServerCertificate certificate, TimeSpan handshakeTimeout)
    {
        ArgumentNullException.ThrowIfNull(listen);
        ArgumentNullException.ThrowIfNull(certificate);
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            HandshakeTimeout = handshakeTimeout,
            OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
            {
                ServerCertificateContext = certificate.Context,
                EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
                ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
            }),
        });
    }
}
