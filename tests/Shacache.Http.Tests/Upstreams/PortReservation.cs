using System.Net.Sockets;
using Shacache.Testing;

namespace Shacache.Http.Tests.Upstreams;

/// <summary>A URL that is known before the server behind it: connections are handed on to it, byte for byte.</summary>
internal sealed class PortReservation : IAsyncDisposable
{
    private readonly TaskCompletionSource<Uri> _target = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly LoopbackServer _server;

    public PortReservation() => _server = new LoopbackServer(RelayAsync);

    public Uri Url => new($"http://{_server.Authority}/");

    /// <summary>From now on. Connections that came before wait for it.</summary>
    public void RelayTo(Uri server) => _target.SetResult(server);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task RelayAsync(Socket client, CancellationToken stop)
    {
        Uri target = await _target.Task.WaitAsync(stop);
        using var behind = new TcpClient();
        await behind.ConnectAsync(target.Host, target.Port, stop);
        await LoopbackServer.RelayAsync(new NetworkStream(client), behind.GetStream(), stop);
    }
}
