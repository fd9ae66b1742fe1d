using System.Net;
using System.Net.Sockets;

namespace Shacache.Testing;

/// <summary>A port on loopback that answers no connection at all, as a host does that is switched off: its queue is full, and nothing is taken from it.</summary>
public sealed class SilentPort : IDisposable
{
    private readonly Socket _listener;
    private readonly Socket _queued;

    /// <param name="address">Where.</param>
    /// <param name="port">0 for a free one.</param>
    public SilentPort(IPAddress address, int port = 0)
    {
        _listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _queued = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(address, port));
        _listener.Listen(0);
        _queued.Connect(_listener.LocalEndPoint!);
    }

    public IPEndPoint EndPoint => (IPEndPoint)_listener.LocalEndPoint!;

    public void Dispose()
    {
        _queued.Dispose();
        _listener.Dispose();
    }
}
