using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using Shacache.Testing;

namespace Shacache.Conformance.Server;

/// <summary>
/// A server that behaves as slapproxy's does (docs/protocol.md, "Deployed servers"): both surfaces below /shacache, one entry for each key, a connection for each request,
/// answers without ranges, tags and ages, <c>404</c> for what it lacks, <c>502</c> when its own upstream fails.
/// </summary>
internal sealed class OldServer : IAsyncDisposable
{
    private readonly LoopbackServer _server;

    public OldServer() => _server = new LoopbackServer(AnswerAsync);

    public Uri Url => new($"http://{_server.Authority}");

    public Uri CacheUrl => new(Url, "/shacache/cache");

    public Uri DirectoryUrl => new(Url, "/shacache/dir");

    public ConcurrentDictionary<string, byte[]> Content { get; } = new();

    /// <summary>The listing of each key, a JSON array with one pair. An empty one makes it answer 502.</summary>
    public ConcurrentDictionary<string, byte[]> Listings { get; } = new();

    /// <summary>The targets that were asked for.</summary>
    public ConcurrentQueue<string> Targets { get; } = new();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task AnswerAsync(Socket socket, CancellationToken stop)
    {
        string[] request = (await ReadLineAsync(socket, stop)).Split(' ');
        while (await ReadLineAsync(socket, stop) is { Length: > 0 })
        {
        }

        Targets.Enqueue(request[1]);
        (int status, string type, byte[] body) = Find(Uri.UnescapeDataString(request[1]));
        await SendAsync(socket, Encoding.ASCII.GetBytes($"HTTP/1.1 {status} Old\r\nContent-Type: {type}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n"), stop);
        if (request[0] != "HEAD")
            await SendAsync(socket, body, stop);
        socket.Shutdown(SocketShutdown.Send);
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

    private static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken stop)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[await socket.SendAsync(bytes, stop)..];
    }

    private static async Task<string> ReadLineAsync(Socket socket, CancellationToken stop)
    {
        var line = new StringBuilder();
        byte[] one = new byte[1];
        while (await socket.ReceiveAsync(one, stop) > 0 && one[0] != '\n')
            line.Append((char)one[0]);
        return line.ToString().TrimEnd('\r');
    }
}
