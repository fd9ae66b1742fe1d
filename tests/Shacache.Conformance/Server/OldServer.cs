using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Shacache.Conformance.Server;

/// <summary>
/// A server that behaves as slapproxy's does (docs/protocol.md, "Deployed servers"): both surfaces below /shacache, one entry for each key, a connection for each request,
/// answers without ranges, tags and ages, <c>404</c> for what it lacks, <c>502</c> when its own upstream fails.
/// </summary>
internal sealed class OldServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly Task _accepting;

    public OldServer()
    {
        _listener.Start();
        Url = new Uri($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _accepting = AcceptAsync();
    }

    public Uri Url { get; }

    public Uri CacheUrl => new(Url, "/shacache/cache");

    public Uri DirectoryUrl => new(Url, "/shacache/dir");

    public ConcurrentDictionary<string, byte[]> Content { get; } = new();

    /// <summary>The listing of each key, a JSON array with one pair. An empty one makes it answer 502.</summary>
    public ConcurrentDictionary<string, byte[]> Listings { get; } = new();

    /// <summary>The targets that were asked for.</summary>
    public ConcurrentQueue<string> Targets { get; } = new();

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
                _connections.Add(AnswerAsync(await _listener.AcceptSocketAsync(_stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task AnswerAsync(Socket socket)
    {
        using (socket)
        {
            try
            {
                string[] request = (await ReadLineAsync(socket)).Split(' ');
                while (await ReadLineAsync(socket) is { Length: > 0 })
                {
                }

                Targets.Enqueue(request[1]);
                (int status, string type, byte[] body) = Find(Uri.UnescapeDataString(request[1]));
                await SendAsync(socket, Encoding.ASCII.GetBytes($"HTTP/1.1 {status} Old\r\nContent-Type: {type}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n"));
                if (request[0] != "HEAD")
                    await SendAsync(socket, body);
                socket.Shutdown(SocketShutdown.Send);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The client left, or the test is over.
            }
        }
    }

    private (int Status, string Type, byte[] Body) Find(string target)
    {
        const string Page = "text/html; charset=utf-8";
        string name = target[(target.LastIndexOf('/') + 1)..];
        bool isContent = target.StartsWith("/shacache/cache/", StringComparison.Ordinal);
        if ((isContent ? Content : Listings).TryGetValue(name, out byte[]? body))
            return body.Length == 0 && !isContent ? (502, Page, "<p>Bad Gateway</p>"u8.ToArray()) : (200, isContent ? "application/octet-stream" : "application/json", body);
        return (404, Page, "<p>Not Found</p>"u8.ToArray());
    }

    private async Task SendAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[await socket.SendAsync(bytes, _stop.Token)..];
    }

    private async Task<string> ReadLineAsync(Socket socket)
    {
        var line = new StringBuilder();
        byte[] one = new byte[1];
        while (await socket.ReceiveAsync(one, _stop.Token) > 0 && one[0] != '\n')
            line.Append((char)one[0]);
        return line.ToString().TrimEnd('\r');
    }
}
