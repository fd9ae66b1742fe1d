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
    /// <param name="connections">The connections.</param>
    /// <param name="isEncrypted">Whether they speak TLS.</param>
    public static void UseHangUps(this IConnectionBuilder connections, bool isEncrypted)
    {
        ArgumentNullException.ThrowIfNull(connections);
        Action<object> look = isEncrypted
            ? static state => ((SocketConnection)state).LookForHangUp(mayBeUnread: true)
            : static state => ((SocketConnection)state).LookForHangUp(mayBeUnread: false);
        connections.Use(next => connection =>
        {
            if (connection is SocketConnection socket && connection.Features.Get<IConnectionHeartbeatFeature>() is { } heartbeat)
                heartbeat.OnHeartbeat(look, socket);
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
