using System.Buffers;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Shacache.Transport;

/// <summary>Gives a server its transport.</summary>
public static class TransportExtensions
{
    // What a frame of HTTP/2 holds unless both sides agree on more (RFC 9113, section 4.2).
    /// <summary>Length of the blocks of <see cref="UseStreamMemory"/>, in bytes.</summary>
    public const int FrameBytes = 16 * 1024;

    /// <summary>Has connections counted by <see cref="ConnectionLimit"/>, memory given back when they are gone, and addresses of the network listened on by <see cref="SocketTransport"/>.</summary>
    /// <param name="services">The server's services.</param>
    /// <param name="kind">Whose sockets.</param>
    public static void AddTransport(this IServiceCollection services, TransportKind kind)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddSingleton<IMemoryPoolFactory<byte>, LargeBlockMemoryPoolFactory>();
        services.TryAddSingleton<ConnectionLimit>();
        services.AddHostedService<IdleMemory>();
        if (kind == TransportKind.Shacache)
            services.AddSingleton<IConnectionListenerFactory, SocketTransport>();
    }

    /// <summary>Bounds connections. Those of <see cref="SocketTransport"/> are looked at once a second: it ends requests whose client has hung up, and cuts off clients that take their answers too slowly.</summary>
    /// <param name="listen">The connections.</param>
    /// <param name="isEncrypted">Whether they speak TLS.</param>
    public static void UseConnectionLimits(this ListenOptions listen, bool isEncrypted)
    {
        ArgumentNullException.ThrowIfNull(listen);
        Action<object> look = isEncrypted
            ? static state => ((SocketConnection)state).Look(mayBeUnread: true)
            : static state => ((SocketConnection)state).Look(mayBeUnread: false);
        KestrelServerOptions server = listen.KestrelServerOptions;
        var limit = listen.ApplicationServices.GetRequiredService<ConnectionLimit>();
        listen.Use(next => connection =>
        {
            // It was counted when it was accepted.
            if (connection is not SocketConnection socket)
                return CountAsync(connection, limit, next);
            socket.Limits = server.Limits;
            connection.Features.Get<IConnectionHeartbeatFeature>()?.OnHeartbeat(look, socket);
            return next(connection);
        });
    }

    /// <summary>Gives connections that agreed on HTTP/2 memory in blocks of a frame each: one holds a block for each of its requests. To come after TLS.</summary>
    public static void UseStreamMemory(this IConnectionBuilder connections)
    {
        ArgumentNullException.ThrowIfNull(connections);
        var pool = new StreamMemory(new LargeBlockMemoryPool(FrameBytes));
        connections.Use(next => connection =>
        {
            if (connection.Features.Get<ITlsApplicationProtocolFeature>() is { } agreed && agreed.ApplicationProtocol.Span.SequenceEqual("h2"u8))
                connection.Features.Set<IMemoryPoolFeature>(pool);
            return next(connection);
        });
    }

    private static async Task CountAsync(ConnectionContext connection, ConnectionLimit limit, ConnectionDelegate next)
    {
        if (connection.Features.Get<IConnectionSocketFeature>() is { } accepted && !limit.TryEnter(accepted.Socket.Handle))
            return;
        try
        {
            await next(connection);
        }
        finally
        {
            limit.Leave();
        }
    }

    private sealed record StreamMemory(MemoryPool<byte> MemoryPool) : IMemoryPoolFeature;
}

/// <summary>Whose sockets carry the connections.</summary>
public enum TransportKind
{
    /// <summary>Those of <see cref="SocketTransport"/>.</summary>
    Shacache,

    /// <summary>Those that come with Kestrel.</summary>
    Kestrel,
}
