using System.Net.Sockets;
using System.Text;
using Shacache.Testing;

namespace Shacache.Http.Tests.Gateway;

/// <summary>An origin that sends prepared bytes on every connection, whatever it is asked for, and then closes it or keeps silent.</summary>
internal sealed class RawOrigin : IAsyncDisposable
{
    private readonly LoopbackServer _server;

    public RawOrigin(string answer, bool thenSilent = false) => _server = new LoopbackServer((socket, stop) => ServeAsync(socket, Encoding.Latin1.GetBytes(answer), thenSilent, stop));

    public string Host => _server.Authority;

    public int Connections => _server.ConnectionCount;

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static async Task ServeAsync(Socket socket, byte[] answer, bool thenSilent, CancellationToken stop)
    {
        byte[] request = new byte[16 * 1024];
        await socket.ReceiveAsync(request, stop);
        await socket.SendAsync(answer, stop);
        if (thenSilent)
            await socket.ReceiveAsync(request, stop);
        socket.Shutdown(SocketShutdown.Both);
    }
}
