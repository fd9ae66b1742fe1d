using System.Net;
using System.Net.Security;

namespace Shacache.Protocol;

/// <summary>Makes the handlers that send requests to other machines. What holds for all of them is here: upstreams, origins, forwarded uploads, and the client library.</summary>
public static class HttpConnections
{
    /// <summary>The longest headers of an answer that are read, in KiB.</summary>
    private const int MaxHeaderKiB = 64;

    /// <summary>So much of a body that nobody wants any more is read for the sake of its connection.</summary>
    private const int MaxDrainBytes = 64 * 1024;

    /// <summary>Makes a handler that does nothing by itself: it follows no redirect, keeps no cookie, decompresses nothing, and uses no proxy.</summary>
    /// <param name="tls">Certificate and authorities for https, made by <see cref="TlsSettings"/>.</param>
    /// <param name="connectTimeout">How long a connection may take, over all addresses of the host, TLS included.</param>
    /// <param name="lifetime">How long a connection is used: a name that moved elsewhere is looked up anew after that.</param>
    /// <param name="connector">Connects; null for one that connects to whatever the system resolves a name to.</param>
    public static SocketsHttpHandler CreateHandler(
        SslClientAuthenticationOptions tls, TimeSpan connectTimeout, TimeSpan lifetime, SideBySideConnector? connector = null)
    {
        connector ??= new SideBySideConnector();
        return new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            ConnectTimeout = connectTimeout,
            ConnectCallback = (context, cancellationToken) => connector.ConnectAsync(context, tls, cancellationToken),
            SslOptions = tls,
            MaxResponseHeadersLength = MaxHeaderKiB,
            MaxResponseDrainSize = MaxDrainBytes,
            ResponseDrainTimeout = TimeSpan.FromSeconds(1),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            PooledConnectionLifetime = lifetime,
        };
    }
}
