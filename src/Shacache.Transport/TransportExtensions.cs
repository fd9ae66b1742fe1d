using System.Buffers;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Shacache.Transport;

/// <summary>Adds <see cref="SocketTransport"/> to a server.</summary>
public static class TransportExtensions
{
    // What a frame of HTTP/2 holds unless both sides agree on more (RFC 9113, section 4.2).
    /// <summary>Length of the blocks of <see cref="UseStreamMemory"/>, in bytes.</summary>
    public const int FrameBytes = 16 * 1024;

    /// <summary>Has addresses of the network listened on by <see cref="SocketTransport"/>, connections counted by <see cref="ConnectionLimit"/>, and memory given back when they are gone.</summary>
    public static void AddSocketTransport(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddSingleton<IMemoryPoolFactory<byte>, LargeBlockMemoryPoolFactory>();
        services.AddSingleton<ConnectionLimit>();
        services.AddHostedService<IdleMemory>();
        services.AddSingleton<IConnectionListenerFactory, SocketTransport>();
    }

    /// <summary>Looks after connections once a second: ends requests whose client has hung up, and cuts off clients that take their answers more slowly than the server's minimum rate.</summary>
    /// <param name="listen">The connections.</param>
    /// <param name="isEncrypted">Whether they speak TLS.</param>
    public static void UseWatch(this ListenOptions listen, bool isEncrypted)
    {
        ArgumentNullException.ThrowIfNull(listen);
        Action<object> look = isEncrypted
            ? static state => ((SocketConnection)state).Look(mayBeUnread: true)
            : static state => ((SocketConnection)state).Look(mayBeUnread: false);
        KestrelServerOptions server = listen.KestrelServerOptions;
        listen.Use(next => connection =>
        {
            if (connection is SocketConnection socket && connection.Features.Get<IConnectionHeartbeatFeature>() is { } heartbeat)
            {
                socket.Limits = server.Limits;
                heartbeat.OnHeartbeat(look, socket);
            }

            return next(connection);
        });
    }

    /// <summary>Gives connections that agreed on HTTP/2 memory in blocks of a frame each: one holds a block for each of its requests. To come behind TLS.</summary>
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

    /// <summary>Sends bodies from where they lie. Only where nothing encrypts.</summary>
    public static void UseDirectBodies(this IConnectionBuilder connections)
    {
        ArgumentNullException.ThrowIfNull(connections);
        connections.Use(next => connection =>
        {
            if (connection.Transport.Output is SocketWriter writer)
                connection.Features.Set<IDirectBody>(writer);
            return next(connection);
        });
    }

    private sealed record StreamMemory(MemoryPool<byte> MemoryPool) : IMemoryPoolFeature;
}
