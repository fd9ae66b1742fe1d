using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace Shacache.Transport.Tests;

public sealed class SocketListenerTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task AcceptAsync_BehindClientsThatReset_NeverEndsNorFails()
    {
        await using IConnectionListener listener = await ListenAsync();
        using var last = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        for (int i = 0; i < 300; i++)
        {
            using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(listener.EndPoint, Cancel);
            client.Close(0);
        }

        await last.ConnectAsync(listener.EndPoint, Cancel);
        EndPoint? found = null;
        for (int i = 0; i <= 300 && !last.LocalEndPoint!.Equals(found); i++)
        {
            await using ConnectionContext? connection = await listener.AcceptAsync(Cancel).AsTask().WaitAsync(Patience, Cancel);
            found = connection!.RemoteEndPoint;
        }

        Assert.Equal(last.LocalEndPoint, found);
    }

    [Fact]
    public async Task AcceptAsync_ListenerIsClosed_Ends()
    {
        await using IConnectionListener listener = await ListenAsync();
        ValueTask<ConnectionContext?> accepting = listener.AcceptAsync(Cancel);

        await listener.UnbindAsync(Cancel);

        Assert.Null(await accepting.AsTask().WaitAsync(Patience, Cancel));
        Assert.Null(await listener.AcceptAsync(Cancel));
    }

    [Fact]
    public async Task BindAsync_AddressIsTaken_SaysSo()
    {
        await using IConnectionListener listener = await ListenAsync();

        await Assert.ThrowsAsync<AddressInUseException>(() => new SocketTransport(new LargeBlockMemoryPoolFactory()).BindAsync(listener.EndPoint, Cancel).AsTask());
    }

    [Fact]
    public void CanBind_UnixSocket_IsLeftToKestrel()
    {
        var transport = new SocketTransport(new LargeBlockMemoryPoolFactory());

        Assert.False(transport.CanBind(new UnixDomainSocketEndPoint("/tmp/a.sock")));
        Assert.True(transport.CanBind(new IPEndPoint(IPAddress.IPv6Any, 0)));
    }

    private static async Task<IConnectionListener> ListenAsync() =>
        await new SocketTransport(new LargeBlockMemoryPoolFactory()).BindAsync(new IPEndPoint(IPAddress.Loopback, 0), Cancel);
}
