using System.Net.Sockets;
using System.Text;

namespace Shacache.Tests.Systemd;

/// <summary>The socket on which a service manager is told how a service is doing.</summary>
internal sealed class NotificationSocket : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    /// <param name="name">A path, or a name in the abstract name space after <c>@</c>.</param>
    public NotificationSocket(string name)
    {
        Name = name;
        _socket.Bind(new UnixDomainSocketEndPoint(name[0] == '@' ? $"\0{name[1..]}" : name));
    }

    /// <summary>As the environment of the service names it.</summary>
    public string Name { get; }

    /// <summary>Whether it was told something that was not received yet.</summary>
    public bool WasTold => _socket.Available > 0;

    /// <summary>The assignments of the next message.</summary>
    public async Task<string[]> ReceiveAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        byte[] message = new byte[4096];
        int length = await _socket.ReceiveAsync(message, limit.Token);
        return Encoding.UTF8.GetString(message, 0, length).Split('\n');
    }

    public void Dispose() => _socket.Dispose();
}
