using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Shacache.Cli.Configuration.Features;
using Shacache.Cli.Configuration.Values;
using Shacache.Http.Accounts;
using Shacache.Http.Accounts.Callers;
using Shacache.Http.Requests;
using Shacache.Http.Tls;
using Shacache.Transport;

namespace Shacache.Cli.Serving;

/// <summary>Applies settings to Kestrel.</summary>
internal static class KestrelSettings
{
    // A client that stops reading holds this much; a fast one is level with more.
    private const long ResponseBufferBytes = 64 * 1024;

    /// <param name="settings">What to apply.</param>
    /// <param name="certificate">For https; null when there is none.</param>
    /// <param name="authority">Clients are asked for a certificate once it is on.</param>
    /// <param name="adminSocket">Path of the operator's socket; null for none.</param>
    /// <param name="kestrel">The server.</param>
    public static void Apply(
        ServerSettings settings, ServerCertificate? certificate, AccountAuthority authority, string? adminSocket, KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.RequestHeaderEncodingSelector = ContentLengthEncoding.Select;
        ConnectionSettings connections = settings.Connections;
        KestrelServerLimits limits = kestrel.Limits;
        limits.MaxConcurrentUpgradedConnections = 0;
        limits.MaxRequestHeadersTotalSize = connections.MaxHeaderBytes;
        limits.Http2.MaxRequestHeaderFieldSize = connections.MaxHeaderBytes;
        limits.MaxRequestLineSize = Math.Min(connections.MaxHeaderBytes, 16 * 1024);
        limits.RequestHeadersTimeout = connections.HeaderTimeout;
        limits.KeepAliveTimeout = connections.KeepAliveTimeout;
        limits.MinRequestBodyDataRate = Rate(connections.MinUploadBytesPerSecond, connections.RateGracePeriod);
        limits.MinResponseDataRate = Rate(connections.MinDownloadBytesPerSecond, connections.RateGracePeriod);
        limits.MaxResponseBufferSize = ResponseBufferBytes;

        // The surfaces bound bodies themselves: their limits differ, and their refusals say which limit it was.
        limits.MaxRequestBodySize = null;
        foreach (ListenAddress address in settings.Host.Listen)
            Listen(kestrel, address, listen => Configure(listen, address.IsTls ? certificate : null, authority, connections.HeaderTimeout));
        if (adminSocket is not null)
            kestrel.ListenAdminSocket(adminSocket);
    }

    private static MinDataRate? Rate(long bytesPerSecond, TimeSpan grace) => bytesPerSecond > 0 ? new MinDataRate(bytesPerSecond, grace) : null;

    private static void Listen(KestrelServerOptions kestrel, ListenAddress address, Action<ListenOptions> configure)
    {
        if (address.Descriptor is { } descriptor)
            kestrel.ListenHandle((ulong)descriptor, configure);
        else if (address.Address is null)
            kestrel.ListenLocalhost(address.Port, configure);
        else if (address.Address.Equals(IPAddress.IPv6Any))
            kestrel.ListenAnyIP(address.Port, configure);
        else
            kestrel.Listen(address.Address, address.Port, configure);
    }

    private static void Configure(ListenOptions listen, ServerCertificate? certificate, AccountAuthority authority, TimeSpan handshakeTimeout)
    {
        listen.UseConnectionLimits(isEncrypted: certificate is not null);
        if (certificate is null)
        {
            listen.Protocols = HttpProtocols.Http1;
        }
        else
        {
            listen.UseTls(certificate, handshakeTimeout, () => authority.IsOn);
            listen.UseStreamMemory();
        }
    }
}
