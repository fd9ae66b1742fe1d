using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Shacache.Testing;

/// <summary>A TCP server on loopback that handles each connection by itself until it is disposed of.</summary>
public sealed class LoopbackServer : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly Func<Socket, CancellationToken, Task> _serve;
    private readonly Task _accepting;
    private int _connectionCount;

    /// <param name="serve">Handles one connection, which is closed when it returns. It may fail since the client has left, or the test is over.</param>
    /// <param name="address">127.0.0.1 unless another one is given.</param>
    /// <param name="port">0 for a free one.</param>
    public LoopbackServer(Func<Socket, CancellationToken, Task> serve, IPAddress? address = null, int port = 0)
    {
        _serve = serve;
        _listener.Bind(new IPEndPoint(address ?? IPAddress.Loopback, port));
        _listener.Listen();
        var endpoint = (IPEndPoint)_listener.LocalEndPoint!;
        (Address, Port, Authority) = (endpoint.Address, endpoint.Port, endpoint.ToString());
        _accepting = AcceptAsync();
    }

    public IPAddress Address { get; }

    public int Port { get; }

    /// <summary>Address and port, as a URL has them.</summary>
    public string Authority { get; }

    /// <summary>How many connections there were.</summary>
    public int ConnectionCount => Volatile.Read(ref _connectionCount);

    /// <summary>Copies bytes in both directions until one side ends.</summary>
    public static async Task RelayAsync(Stream client, Stream server, CancellationToken cancellationToken) =>
        await Task.WhenAny(client.CopyToAsync(server, cancellationToken), server.CopyToAsync(client, cancellationToken));

    /// <summary>Ends all connections.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket accepted = await _listener.AcceptAsync(_stop.Token);
                Interlocked.Increment(ref _connectionCount);
                _connections.Add(ServeAsync(accepted));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(Socket accepted)
    {
        using (accepted)
        {
            try
            {
                accepted.NoDelay = true;
                await _serve(accepted, _stop.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or SocketException or ObjectDisposedException or AuthenticationException)
            {
                // The client left, or the test is over.
            }

            End(accepted);
        }
    }

    /// <summary>Disposing alone resets a connection that something still reads from, and the client would lose what was sent.</summary>
    private static void End(Socket accepted)
    {
        try
        {
            accepted.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The other side was first, or what served it has closed it.
        }
    }
}
