using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Shacache.Cli.Configuration;
using Shacache.Http.Connections;

namespace Shacache.Cli.Serving;

/// <summary>Applies settings to Kestrel.</summary>
internal static class KestrelSettings
{
    // A client that stops reading holds this much; a fast one is level with more.
    private const long ResponseBufferBytes = 64 * 1024;

    public static void Apply(ServerSettings settings, KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.RequestHeaderEncodingSelector = ContentLengthEncoding.Select;
        KestrelServerLimits limits = kestrel.Limits;
        limits.MaxConcurrentConnections = settings.MaxConnections;
        limits.MaxConcurrentUpgradedConnections = 0;
        limits.MaxRequestHeadersTotalSize = settings.MaxHeaderBytes;
        limits.MaxRequestLineSize = Math.Min(settings.MaxHeaderBytes, 16 * 1024);
        limits.RequestHeadersTimeout = settings.HeaderTimeout;
        limits.KeepAliveTimeout = settings.KeepAliveTimeout;
        limits.MinRequestBodyDataRate = Rate(settings.MinUploadBytesPerSecond, settings.RateGracePeriod);
        limits.MinResponseDataRate = Rate(settings.MinDownloadBytesPerSecond, settings.RateGracePeriod);
        limits.MaxResponseBufferSize = ResponseBufferBytes;

        // The surfaces bound bodies themselves: their limits differ, and their refusals say which limit it was.
        limits.MaxRequestBodySize = null;
        foreach (ListenAddress address in settings.Listen)
            Listen(kestrel, address);
    }

    private static MinDataRate? Rate(long bytesPerSecond, TimeSpan grace) => bytesPerSecond > 0 ? new MinDataRate(bytesPerSecond, grace) : null;

    private static void Listen(KestrelServerOptions kestrel, ListenAddress address)
    {
        if (address.Address is null)
            kestrel.ListenLocalhost(address.Port, Configure);
        else if (address.Address.Equals(IPAddress.IPv6Any))
            kestrel.ListenAnyIP(address.Port, Configure);
        else
            kestrel.Listen(address.Address, address.Port, Configure);
    }

    private static void Configure(ListenOptions listen)
    {
        listen.Protocols = HttpProtocols.Http1;
        listen.UseErrorLines();
    }
}
