using System.Net;
using System.Net.Sockets;

namespace Shacache.Testing;

/// <summary>A port on loopback that refuses connections, and that no other process gets as long as this lives.</summary>
public sealed class ClosedPort : IDisposable
{
    // Bound, and never listened to.
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    /// <param name="port">0 for a free one.</param>
    public ClosedPort(int port = 0) => _socket.Bind(new IPEndPoint(IPAddress.Loopback, port));

    public int Number => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    /// <summary>Host and port.</summary>
    public string Host => $"127.0.0.1:{Number}";

    public Uri Url => new($"http://{Host}/");

    public void Dispose() => _socket.Dispose();
}
