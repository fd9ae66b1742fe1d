using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Shacache.Cli.Running;

/// <summary>Stands between a program and its server, lets so many bytes pass, and from then on nothing: the program is in the midst of its work, on any machine.</summary>
internal sealed class HoldingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Uri _server;
    private readonly Task _accepting;
    private long _leftUpBytes;
    private long _leftDownBytes;

    /// <param name="server">Only host and port are used.</param>
    /// <param name="upBytes">What passes to the server, over all connections.</param>
    /// <param name="downBytes">What passes from the server.</param>
    public HoldingProxy(Uri server, long upBytes = long.MaxValue, long downBytes = long.MaxValue)
    {
        (_server, _leftUpBytes, _leftDownBytes) = (server, upBytes, downBytes);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Url => $"http://{_listener.LocalEndpoint}";

    /// <summary>Waits until the first byte is held.</summary>
    public Task WaitUntilHeldAsync() => _held.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

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
                _connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        using (var server = new TcpClient())
        {
            try
            {
                await server.ConnectAsync(_server.Host, _server.Port, _stop.Token);
                await Task.WhenAll(PumpAsync(client, server, isUp: true), PumpAsync(server, client, isUp: false));
            }
            catch (Exception e) when (e is OperationCanceledException or IOException or SocketException or ObjectDisposedException)
            {
                // One of the two went away, or the test is over.
            }
        }
    }

    private async Task PumpAsync(TcpClient from, TcpClient to, bool isUp)
    {
        byte[] part = new byte[16 * 1024];
        int count;
        while ((count = await from.GetStream().ReadAsync(part, _stop.Token)) > 0)
        {
            if (Interlocked.Add(ref isUp ? ref _leftUpBytes : ref _leftDownBytes, -count) < 0)
            {
                _held.TrySetResult();
                await Task.Delay(Timeout.Infinite, _stop.Token);
            }

            await to.GetStream().WriteAsync(part.AsMemory(0, count), _stop.Token);
        }

        to.Client.Shutdown(SocketShutdown.Send);
    }
}
