using System.Net.Sockets;
using System.Text;
using Shacache.Core.Blobs;

namespace Shacache.Http.Tests.Connections;

public sealed class HangUpTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Request_ClientHangsUpWhileItIsWorkedOn_IsAborted()
    {
        WaitingBlobStore? store = null;
        await using TestServer server = await TestServer.StartAsync(blobs: inner => store = new WaitingBlobStore(inner));
        using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(server.Url.Host, server.Url.Port, Cancel);
        await client.SendAsync(Encoding.ASCII.GetBytes($"GET /shacache/{Digest.Compute([1])} HTTP/1.1\r\nHost: x\r\n\r\n"), Cancel);
        await store!.Asked.WaitAsync(Patience, Cancel);

        // Nothing but the connection itself remembers such a request.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        client.Close();

        await store.Aborted.WaitAsync(Patience, Cancel);
    }
}
