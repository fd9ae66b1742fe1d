using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Shacache.Testing;

/// <summary>A port that passes connections on to another server, until it is cut: then those that are open break, and new ones are refused. It can hold back answers, so that what waits for them stands still.</summary>
public sealed class RelayPort : IAsyncDisposable
{
    private readonly EndPoint _target;
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<Socket, bool> _open = new();
    private readonly Task _accepting;
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private volatile bool _isCut;
    private int _answersLeft = int.MaxValue;
    private TaskCompletionSource _held = NewSource();
    private TaskCompletionSource _released = NewSource();

    /// <param name="target">The server: on loopback, or a socket in the file system.</param>
    public RelayPort(EndPoint target)
    {
        _target = target;
        _listener.Start();
        Number = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    /// <summary>The port.</summary>
    public int Number { get; }

    /// <summary>Ends when an answer is held back.</summary>
    public Task Held => _held.Task;

    /// <summary>Passes on some more pieces of answers, and then none until it is cut or mended. For one caller, before there are connections.</summary>
    public void HoldAfter(int answers)
    {
        (_held, _released) = (NewSource(), NewSource());
        Volatile.Write(ref _answersLeft, answers);
    }

    /// <summary>Breaks what is open; what comes is closed at once.</summary>
    public void Cut()
    {
        _isCut = true;
        Release();
        foreach (Socket socket in _open.Keys)
            TryClose(socket);
    }

    /// <summary>Passes on again.</summary>
    public void Mend()
    {
        _isCut = false;
        Release();
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Dispose();
        Cut();
        await _accepting;
        _end.Dispose();
    }

    private static void Close(Socket socket)
    {
        // With a reset, as a machine that is gone is noticed.
        socket.LingerState = new LingerOption(true, 0);
        socket.Dispose();
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static async Task PassAsync(Socket from, Socket to, Func<Task> turn)
    {
        byte[] buffer = new byte[64 * 1024];
        for (int count; (count = await from.ReceiveAsync(buffer)) > 0;)
        {
            await turn();
            await to.SendAsync(buffer.AsMemory(0, count));
        }

        to.Shutdown(SocketShutdown.Send);
    }

    private void Release()
    {
        Volatile.Write(ref _answersLeft, int.MaxValue);
        _released.TrySetResult();
    }

    private Task WaitForAnswerTurnAsync()
    {
        if (Interlocked.Decrement(ref _answersLeft) >= 0)
            return Task.CompletedTask;
        _held.TrySetResult();
        return _released.Task;
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = RelayAsync(await _listener.AcceptSocketAsync(_end.Token));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task RelayAsync(Socket client)
    {
        using var server = new Socket(_target.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        _open[client] = _open[server] = true;
        try
        {
            if (_isCut)
                return;
            await server.ConnectAsync(_target, _end.Token);
            await Task.WhenAll(PassAsync(client, server, () => Task.CompletedTask), PassAsync(server, client, WaitForAnswerTurnAsync));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // One of them closed it, or it was cut.
        }
        finally
        {
            foreach (Socket socket in new[] { client, server })
            {
                _open.TryRemove(socket, out _);
                TryClose(socket);
            }
        }
    }

    private static void TryClose(Socket socket)
    {
        try
        {
            Close(socket);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // It was cut.
        }
    }
}
