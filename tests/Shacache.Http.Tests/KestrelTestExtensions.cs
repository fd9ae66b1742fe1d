using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Shacache.Http.Connections;

namespace Shacache.Http.Tests;

internal static class KestrelTestExtensions
{
    public static void ListenLocalhostOnly(this KestrelServerOptions kestrel) => kestrel.Listen(IPAddress.Loopback, 0, listen =>
    {
        listen.Protocols = HttpProtocols.Http1;
        listen.UseErrorLines();
    });
}
