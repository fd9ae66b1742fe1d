using System.Buffers;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Shacache.Http.Connections;

/// <summary>Adds <see cref="SocketWriter"/> to connections.</summary>
public static class SocketExtensions
{
    /// <summary>Sends answers straight through the socket, without the transport's pipe. To come first, and only where nothing encrypts.</summary>
    public static void UseSocketWriter(this IConnectionBuilder connections)
    {
        ArgumentNullException.ThrowIfNull(connections);
        connections.Use(next => async connection =>
        {
            if (connection.Features.Get<IConnectionSocketFeature>() is { } transport)
            {
                MemoryPool<byte> pool = connection.Features.Get<IMemoryPoolFeature>()?.MemoryPool ?? MemoryPool<byte>.Shared;
                var writer = new SocketWriter(transport.Socket, connection.Transport.Output, pool);
                connection.Transport = new SocketPipe(connection.Transport.Input, writer);
                connection.Features.Set<IDirectBody>(writer);
            }

            await next(connection);
        });
    }
}
