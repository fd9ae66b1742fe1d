using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Shacache.Http.Connections;

/// <summary>Adds <see cref="SocketTransport"/> to a server.</summary>
public static class SocketExtensions
{
    /// <summary>Has addresses of the network listened on by <see cref="SocketTransport"/>.</summary>
    public static void AddSocketTransport(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddSingleton<IMemoryPoolFactory<byte>, LargeBlockMemoryPoolFactory>();
        services.AddSingleton<IConnectionListenerFactory, SocketTransport>();
    }

    /// <summary>Ends requests whose client has hung up, within a second or two.</summary>
    public static void UseHangUps(this IConnectionBuilder connections)
    {
        ArgumentNullException.ThrowIfNull(connections);
        connections.Use(next => connection =>
        {
            if (connection is SocketConnection socket && connection.Features.Get<IConnectionHeartbeatFeature>() is { } heartbeat)
                heartbeat.OnHeartbeat(static state => ((SocketConnection)state).LookForHangUp(), socket);
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
}
