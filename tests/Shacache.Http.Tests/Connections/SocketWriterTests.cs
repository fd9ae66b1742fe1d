using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Shacache.Core.Blobs;

namespace Shacache.Http.Tests.Connections;

/// <summary>Bodies that go to the socket from where they lie. That the bytes are right at every length: BlobDownloadTests.</summary>
public sealed class SocketWriterTests : IAsyncLifetime
{
    // Far more than the socket's buffers take, so that the server has to wait for its client.
    private const int LargeBytes = 24 << 20;
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Get_RequestsInOneSegment_AreAnsweredInOrder()
    {
        Digest small = await StoreAsync(Content(40));
        Digest large = await StoreAsync(Content(3 << 20));
        var requests = new StringBuilder();
        foreach (string target in (string[])[$"{small}", $"{large}", "none", $"{large}", $"{small}"])
            requests.Append($"GET /shacache/{target} HTTP/1.1\r\nHost: x\r\n\r\n");
        requests.Append($"GET /shacache/{small} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");

        string answers = await _server.ExchangeAsync(requests.ToString());

        List<string> bodies = [];
        while (answers.Length > 0)
        {
            int body = answers.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
            string label = "Content-Length: ";
            int length = answers.IndexOf(label, StringComparison.Ordinal) + label.Length;
            int end = body + int.Parse(answers.AsSpan(length, answers.IndexOf('\r', length) - length));
            bodies.Add(answers[body..end]);
            answers = answers[end..];
        }

        string[] digests = [.. bodies.Select(body => Digest.Compute(Encoding.Latin1.GetBytes(body)).ToString())];
        string refusal = digests[2];
        Assert.Equal([$"{small}", $"{large}", refusal, $"{large}", $"{small}", $"{small}"], digests);
        Assert.StartsWith("The path", bodies[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Get_ClientThatReadsLate_GetsEveryByteAndHoldsUpNobody()
    {
        byte[] content = Content(LargeBytes);
        Digest digest = await StoreAsync(content);
        using Socket late = await SendAsync(digest);

        // The other one begins when the server is stuck with the first, or soon will be, and is served to its end.
        Assert.Equal(content, await _server.Client.GetByteArrayAsync(new Uri($"/shacache/{digest}", UriKind.Relative), TestContext.Current.CancellationToken));

        Assert.Equal(digest, await ReceiveAsync(late, LargeBytes));
    }

    [Fact]
    public async Task Get_FileIsCutShortMeanwhile_CutsTheConnection()
    {
        Digest digest = await StoreAsync(Content(LargeBytes));
        using Socket client = await SendAsync(digest);
        await client.ReceiveAsync(new byte[1], TestContext.Current.CancellationToken);
        string file = Directory.EnumerateFiles(_server.DataFolder, digest.ToString(), SearchOption.AllDirectories).Single();
        using (FileStream cut = File.OpenWrite(file))
            cut.SetLength(LargeBytes - 100);

        await Assert.ThrowsAnyAsync<Exception>(() => ReceiveAsync(client, LargeBytes));

        // The next client finds it damaged while it is sent, unless this one has already; then it is absent.
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => _server.Client.GetByteArrayAsync(new Uri($"/shacache/{digest}", UriKind.Relative), TestContext.Current.CancellationToken));
        using HttpResponseMessage absent = await _server.Client.GetAsync(new Uri($"/shacache/{digest}", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, absent.StatusCode);
    }

    [Fact]
    public async Task Get_ClientLeavesWhileItIsWaitedFor_LogsNothing()
    {
        Digest digest = await StoreAsync(Content(LargeBytes));
        for (int i = 0; i < 20; i++)
        {
            using Socket client = await SendAsync(digest);
            await client.ReceiveAsync(new byte[1000 * i + 1], TestContext.Current.CancellationToken);
            client.Close(0);
        }

        await _server.StopAsync();
        Assert.Empty(_server.Log.Lines);
    }

    private static byte[] Content(int lengthBytes)
    {
        byte[] content = new byte[lengthBytes];
        new Random(lengthBytes).NextBytes(content);
        return content;
    }

    private async Task<Digest> StoreAsync(byte[] content)
    {
        Digest digest = Digest.Compute(content);
        await _server.Blobs.StoreAsync(digest, content, TestContext.Current.CancellationToken);
        return digest;
    }

    private async Task<Socket> SendAsync(Digest digest)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 64 * 1024 };
        await socket.ConnectAsync(_server.Url.Host, _server.Url.Port, TestContext.Current.CancellationToken);
        await socket.SendAsync(
            Encoding.ASCII.GetBytes($"GET /shacache/{digest} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), TestContext.Current.CancellationToken);
        return socket;
    }

    /// <summary>The digest of the body.</summary>
    private static async Task<Digest> ReceiveAsync(Socket socket, int bodyBytes)
    {
        await using var stream = new NetworkStream(socket);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        for (string head = ""; !head.EndsWith("\r\n\r\n", StringComparison.Ordinal);)
        {
            byte[] one = new byte[1];
            await stream.ReadExactlyAsync(one, patience.Token);
            head += (char)one[0];
        }

        byte[] body = new byte[bodyBytes];
        await stream.ReadExactlyAsync(body, patience.Token);
        Assert.Equal(0, await stream.ReadAsync(new byte[1], patience.Token));
        return new Digest(SHA512.HashData(body));
    }
}
