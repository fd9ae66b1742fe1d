using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Shacache.Transport;

/// <summary>Accepts connections.</summary>
internal sealed class SocketListener(Socket socket, MemoryPool<byte> pool, ConnectionLimit? limit) : IConnectionListener
{
    // Without it, a process that has no descriptor left would ask again and again.
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromMilliseconds(100);

    public EndPoint EndPoint { get; } = socket.LocalEndPoint!;

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                if (TryConnect(await socket.AcceptAsync(cancellationToken)) is { } connection)
                    return connection;
            }
            catch (Exception e) when (e is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
            {
                return null;
            }
            catch (SocketException)
            {
                await Task.Delay(PauseAfterFailure, cancellationToken);
            }
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        limit?.Stop();
        socket.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Ends the listening. Connections go on, and give their memory to the garbage collector.</summary>
    public ValueTask DisposeAsync()
    {
        socket.Dispose();
        pool.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Makes a connection of what was accepted; null when the client has left again, or there are too many.</summary>
    private SocketConnection? TryConnect(Socket accepted)
    {
        if (limit?.TryEnter(accepted.Handle) == false)
        {
            accepted.Dispose();
            return null;
        }

        try
        {
            accepted.NoDelay = true;
            return new SocketConnection(accepted, pool, limit);
        }
        catch (SocketException)
        {
            accepted.Dispose();
            limit?.Leave();
            return null;
        }
    }
}
