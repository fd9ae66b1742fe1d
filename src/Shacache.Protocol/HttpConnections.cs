using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace Shacache.Protocol;

/// <summary>Makes the handlers that send requests to other machines. What holds for all of them is here: upstreams, origins, forwarded uploads, and the client library.</summary>
public static class HttpConnections
{
    /// <summary>The longest headers of an answer that are read, in KiB.</summary>
    private const int MaxHeaderKiB = 64;

    /// <summary>How long the connection may take that a request waits for, when that is less than all of them may.</summary>
    internal static readonly HttpRequestOptionsKey<TimeSpan> ConnectTimeoutKey = new("Shacache.ConnectTimeout");

    /// <summary>So much of a body that is no longer wanted is read to keep its connection.</summary>
    private const int MaxDrainBytes = 64 * 1024;

    /// <summary>Makes a handler that does nothing by itself: it follows no redirect, keeps no cookie, and decompresses nothing.</summary>
    /// <param name="tls">Certificate and authorities for https, made by <see cref="TlsSettings"/>.</param>
    /// <param name="settings">How connections are made.</param>
    public static SocketsHttpHandler CreateHandler(SslClientAuthenticationOptions tls, ConnectionSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        SideBySideConnector connector = settings.Connector ?? new SideBySideConnector();
        return new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = settings.Proxy is not null,
            Proxy = settings.Proxy,
            AutomaticDecompression = DecompressionMethods.None,
            ActivityHeadersPropagator = null,
            ConnectTimeout = settings.ConnectTimeout,
            ConnectCallback = (context, cancellationToken) => settings.SocketPath is { } path
                ? ConnectToSocketAsync(path, cancellationToken)
                : ConnectAsync(connector, context, tls, settings.ConnectTimeout, cancellationToken),
            SslOptions = tls,
            MaxResponseHeadersLength = MaxHeaderKiB,
            MaxResponseDrainSize = MaxDrainBytes,
            ResponseDrainTimeout = TimeSpan.FromSeconds(1),
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(30),
            PooledConnectionLifetime = settings.Lifetime,
        };
    }

    private static async ValueTask<Stream> ConnectAsync(
        SideBySideConnector connector, SocketsHttpConnectionContext context, SslClientAuthenticationOptions tls, TimeSpan longest, CancellationToken cancellationToken)
    {
        bool isShorter = context.InitialRequestMessage.Options.TryGetValue(ConnectTimeoutKey, out TimeSpan limit) && limit > TimeSpan.Zero &&
            (limit < longest || longest == Timeout.InfiniteTimeSpan);
        if (!isShorter)
            return await connector.ConnectAsync(context, tls, cancellationToken).ConfigureAwait(false);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(limit);
        try
        {
            return await connector.ConnectAsync(context, tls, patience.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException("timed out while connecting", e);
        }
    }

    private static async ValueTask<Stream> ConnectToSocketAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>How connections are made and how long they live. What a request may cost is said with each request (<see cref="ExchangeLimits"/>).</summary>
public sealed record ConnectionSettings
{
    /// <summary>How long a connection may take at most, over all addresses of the host, TLS included.</summary>
    public TimeSpan ConnectTimeout { get; init; } = Timeout.InfiniteTimeSpan;

    /// <summary>How long a connection is used: a name that moved elsewhere is looked up anew after that.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The proxies; null for none.</summary>
    public IWebProxy? Proxy { get; init; }

    /// <summary>Connects, to allowed addresses only; null for one that connects to whatever the system resolves a name to.</summary>
    public SideBySideConnector? Connector { get; init; }

    /// <summary>The Unix socket that every request goes to, whatever its URL says; null for the network.</summary>
    public string? SocketPath { get; init; }
}
