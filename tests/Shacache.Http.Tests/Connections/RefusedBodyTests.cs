using System.Net.Sockets;
using System.Text;

namespace Shacache.Http.Tests.Connections;

/// <summary>How a connection ends whose client was refused before its body came, or sends on for ever.</summary>
public sealed class RefusedBodyTests : IAsyncLifetime
{
    private const string ChunkedHead = "POST /shacache HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";

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
        using Socket socket = await SendAsync($"{ChunkedHead}7fffffff\r\n");
        byte[] part = new byte[64 << 10];
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
        ErrorLine.AssertRaw(Receive(socket), 413);
    }

    [Theory]
    [InlineData(ChunkedHead + "fffffffffff\r\n")]
    [InlineData(ChunkedHead + "1\r\nx\r\n0\r\nNo field\r\n\r\n")]
    [InlineData("POST /shacache HTTP/1.1\r\nHost: localhost\r\nNo field\r\n\r\n")]
    [InlineData("POST /shacache HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n")]
    public async Task Post_MalformedAndMoreComesLater_IsAnsweredWithoutAReset(string request)
    {
        // What comes after the answer is waited for, but not for long: a busy machine may miss that once.
        for (int left = 5; ; left--)
        {
            using Socket socket = await SendAsync(request);
            string answer = Receive(socket);
            ErrorLine.AssertRaw(answer, 400);
            try
            {
                Assert.Equal(0, socket.Receive(new byte[1]));

                // The first may be answered with a reset, which the others find.
                for (int part = 0; part < 8; part++)
                    socket.Send(new byte[64 << 10]);
                return;
            }
            catch (SocketException) when (left > 1)
            {
                // A client that sends everything before it reads would not have seen its answer.
            }
        }
    }

    private async Task<Socket> SendAsync(string request)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 30_000, SendTimeout = 30_000 };
        await socket.ConnectAsync(_server.Url.Host, _server.Url.Port, TestContext.Current.CancellationToken);
        await socket.SendAsync(Encoding.ASCII.GetBytes(request), TestContext.Current.CancellationToken);
        return socket;
    }

    /// <summary>The answer, up to the end of its line of text.</summary>
    private static string Receive(Socket socket)
    {
        var answer = new StringBuilder();
        byte[] buffer = new byte[4096];
        while (answer.ToString().Split("\r\n\r\n") is not [_, [.., '\n']] && socket.Receive(buffer) is > 0 and var count)
            answer.Append(Encoding.ASCII.GetString(buffer, 0, count));
        return answer.ToString();
    }
}
