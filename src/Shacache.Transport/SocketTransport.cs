using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Shacache.Transport;

/// <summary>Kestrel's transport for addresses of the network: requests are read from the socket when they are asked for, and answers go straight to it.</summary>
/// <remarks>
/// The transport that comes with Kestrel has a pipe on each side, with a task that moves bytes between it and the socket on other threads, and reads
/// ahead of what the request asks for. Here the thread that learns that bytes are there reads them, answers, and reads on: docs/decisions/0010-a-transport-of-our-own.md.
/// A descriptor (<see cref="FileHandleEndPoint"/>) must be a socket of TCP that listens. Sockets of other kinds are left to the transport that comes with Kestrel.
/// </remarks>
public sealed class SocketTransport(IMemoryPoolFactory<byte> memory, ConnectionLimit? limit = null) : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    // What the transport that comes with Kestrel asks for; the system has a limit of its own.
    private const int Backlog = 512;

    /// <inheritdoc/>
    public bool CanBind(EndPoint endpoint) => endpoint is IPEndPoint or FileHandleEndPoint;

    /// <inheritdoc/>
    /// <exception cref="AddressInUseException">Another process listens there.</exception>
    /// <exception cref="SocketException">The system refuses for another reason.</exception>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        Socket? socket = null;
        try
        {
            socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            // A socket that was passed to the process listens already, with the backlog that its owner chose.
            if (endpoint is not FileHandleEndPoint)
                socket.Listen(Backlog);
            return new ValueTask<IConnectionListener>(new SocketListener(socket, memory.Create(), limit));
        }
        catch (SocketException e)
        {
            socket?.Dispose();
            if (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
                throw new AddressInUseException(e.Message, e);
            throw;
        }
    }
}
