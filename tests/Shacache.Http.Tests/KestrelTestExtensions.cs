using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Shacache.Http.Tls;
using Shacache.Transport;

namespace Shacache.Http.Tests;

internal static class KestrelTestExtensions
{
    public static void ListenLocalhostOnly(this KestrelServerOptions kestrel) => kestrel.Listen(IPAddress.Loopback, 0, listen =>
    {
        listen.Protocols = HttpProtocols.Http1;
        listen.UseConnectionLimits(isEncrypted: false);
    });

    public static void ListenTlsLocalhostOnly(this KestrelServerOptions kestrel, ServerCertificate certificate, TimeSpan handshakeTimeout, Func<bool>? asksForCertificate = null) =>
        kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.UseConnectionLimits(isEncrypted: true);
            listen.UseTls(certificate, handshakeTimeout, asksForCertificate);
            listen.UseStreamMemory();
        });
}
