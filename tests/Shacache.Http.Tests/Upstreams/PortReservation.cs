using System.Net;
using System.Net.Sockets;

namespace Shacache.Http.Tests.Upstreams;

/// <summary>A URL that is known before the server behind it: connections are handed on to it, byte for byte.</summary>
internal sealed class PortReservation : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _connections = [];
    private Task _accepting = Task.CompletedTask;

    public PortReservation() => _listener.Start();

    public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    /// <summary>From now on.</summary>
    public void RelayTo(Uri server) => _accepting = AcceptAsync(server);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections);
        _stop.Dispose();
    }

    private async Task AcceptAsync(Uri server)
    {
        try
        {
            while (true)
                _connections.Add(RelayAsync(await _listener.AcceptTcpClientAsync(_stop.Token), server));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task RelayAsync(TcpClient client, Uri server)
    {
        try
        {
            using (client)
            using (var behind = new TcpClient())
            {
                await behind.ConnectAsync(server.Host, server.Port, _stop.Token);
                await Task.WhenAny(
                    client.GetStream().CopyToAsync(behind.GetStream(), _stop.Token), behind.GetStream().CopyToAsync(client.GetStream(), _stop.Token));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or IOException)
        {
            // One side left, or the test is over.
        }
    }
}
