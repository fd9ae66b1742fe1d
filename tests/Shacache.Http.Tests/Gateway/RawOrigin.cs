using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Shacache.Http.Tests.Gateway;

/// <summary>An origin that sends prepared bytes to whoever connects, whatever it is asked for, and then closes the connection or keeps silent.</summary>
internal sealed class RawOrigin : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;
    private int _connections;

    public RawOrigin(string answer, bool thenSilent = false)
    {
        _listener.Start();
        _serving = ServeAsync(Encoding.Latin1.GetBytes(answer), thenSilent);
    }

    public string Host => $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public int Connections => _connections;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task ServeAsync(byte[] answer, bool thenSilent)
    {
        try
        {
            while (true)
            {
                using Socket socket = await _listener.AcceptSocketAsync(_stop.Token);
                Interlocked.Increment(ref _connections);
                byte[] request = new byte[16 * 1024];
                await socket.ReceiveAsync(request, _stop.Token);
                await socket.SendAsync(answer, _stop.Token);
                if (thenSilent)
                    await socket.ReceiveAsync(request, _stop.Token);
                socket.Shutdown(SocketShutdown.Both);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            // The test is over.
        }
    }
}
