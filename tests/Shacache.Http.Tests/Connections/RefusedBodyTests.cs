using System.Net.Sockets;
using System.Text;

namespace Shacache.Http.Tests.Connections;

/// <summary>How a connection ends whose client was refused before its body came, or sends on for ever.</summary>
public sealed class RefusedBodyTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(new CacheServerOptions { MaxBlobBytes = 1000 });

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Post_TooLargeAndWaitingForContinue_IsAnsweredAndClosedWithoutAReset()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(_server.Url.Host, _server.Url.Port, TestContext.Current.CancellationToken);
        await socket.SendAsync(
            Encoding.ASCII.GetBytes("POST /shacache HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 5000\r\n\r\n"), TestContext.Current.CancellationToken);

        // A reset throws.
        var answer = new StringBuilder();
        byte[] buffer = new byte[4096];
        while (await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken) is > 0 and var count)
            answer.Append(Encoding.ASCII.GetString(buffer, 0, count));

        ErrorLine.AssertRaw(answer.ToString(), 413);
        Assert.Contains("Connection: close\r\n", answer.ToString(), StringComparison.Ordinal);
        Assert.Empty(_server.Log.Lines);
    }

    [Fact]
    public async Task Post_BodyWithoutAnEnd_IsTakenUpToABound()
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(_server.Url.Host, _server.Url.Port, TestContext.Current.CancellationToken);
        await socket.SendAsync(
            Encoding.ASCII.GetBytes("POST /shacache HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffff\r\n"), TestContext.Current.CancellationToken);
        byte[] part = new byte[1 << 20];
        long sent = 0;
        try
        {
            while (sent < 1L << 30)
                sent += await socket.SendAsync(part, TestContext.Current.CancellationToken);
        }
        catch (SocketException)
        {
            // It had enough.
        }

        // 64 MiB are drained and 16 more waited for; the rest is what buffers of both sides hold.
        Assert.InRange(sent, 1, 128L << 20);
    }
}
