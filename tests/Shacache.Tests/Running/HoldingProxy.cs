using System.Net.Sockets;
using Shacache.Testing;

namespace Shacache.Cli.Running;

/// <summary>Stands between a program and its server, lets so many bytes pass, and from then on nothing: the program is in the midst of its work, on any machine.</summary>
internal sealed class HoldingProxy : IAsyncDisposable
{
    private readonly LoopbackServer _proxy;
    private readonly TaskCompletionSource _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Uri _server;
    private long _leftUpBytes;
    private long _leftDownBytes;

    /// <param name="server">Only host and port are used.</param>
    /// <param name="upBytes">What passes to the server, over all connections.</param>
    /// <param name="downBytes">What passes from the server.</param>
    public HoldingProxy(Uri server, long upBytes = long.MaxValue, long downBytes = long.MaxValue)
    {
        (_server, _leftUpBytes, _leftDownBytes) = (server, upBytes, downBytes);
        _proxy = new LoopbackServer(ServeAsync);
    }

    public string Url => $"http://{_proxy.Authority}";

    /// <summary>Waits until the first byte is held.</summary>
    public Task WaitUntilHeldAsync() => _held.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => _proxy.DisposeAsync();

    private async Task ServeAsync(Socket client, CancellationToken stop)
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await server.ConnectAsync(_server.Host, _server.Port, stop);
        await Task.WhenAll(PumpAsync(client, server, isUp: true, stop), PumpAsync(server, client, isUp: false, stop));
    }

    private async Task PumpAsync(Socket from, Socket to, bool isUp, CancellationToken stop)
    {
        byte[] part = new byte[16 * 1024];
        int count;
        while ((count = await from.ReceiveAsync(part, stop)) > 0)
        {
            if (Interlocked.Add(ref isUp ? ref _leftUpBytes : ref _leftDownBytes, -count) < 0)
            {
                _held.TrySetResult();
                await Task.Delay(Timeout.Infinite, stop);
            }

            await to.SendAsync(part.AsMemory(0, count), stop);
        }

        to.Shutdown(SocketShutdown.Send);
    }
}
