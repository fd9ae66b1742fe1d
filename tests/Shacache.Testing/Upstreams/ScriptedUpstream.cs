using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;

namespace Shacache.Testing.Upstreams;

/// <summary>An upstream on a raw socket that answers each request as a script says, well or badly.</summary>
public sealed class ScriptedUpstream : IAsyncDisposable
{
    private readonly LoopbackServer _server;
    private readonly Func<ScriptedExchange, Task> _script;
    private int _requests;

    /// <param name="script">Answers one request. The connection is kept when it returns, unless the script ended it.</param>
    /// <param name="port">0 for a free one.</param>
    public ScriptedUpstream(Func<ScriptedExchange, Task> script, int port = 0)
    {
        _script = script;
        _server = new LoopbackServer(HandleAsync, port: port);
    }

    /// <summary>Every request so far, in the order in which they came.</summary>
    public ConcurrentQueue<ScriptedRequest> Requests { get; } = new();

    public int Port => _server.Port;

    public Uri CacheUrl => new($"http://127.0.0.1:{Port}/shacache");

    public Uri DirectoryUrl => new($"http://127.0.0.1:{Port}/shadir");

    /// <summary>One that serves content, and 404 for everything else.</summary>
    public static ScriptedUpstream Serving(params byte[][] contents) => new(Serve(contents));

    /// <summary>The script of <see cref="Serving"/>.</summary>
    public static Func<ScriptedExchange, Task> Serve(params byte[][] contents)
    {
        Dictionary<string, byte[]> byDigest = contents.ToDictionary(content => Core.Blobs.Digest.Compute(content).ToString(), StringComparer.Ordinal);
        return exchange => byDigest.TryGetValue(exchange.Request.Target[(exchange.Request.Target.LastIndexOf('/') + 1)..], out byte[]? content)
            ? exchange.ServeAsync(content)
            : exchange.AnswerAsync(404);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task HandleAsync(Socket socket, CancellationToken stop)
    {
        while (await ReadHeadAsync(socket, stop) is { Length: > 0 } head)
        {
            var request = ScriptedRequest.Parse(Interlocked.Increment(ref _requests), head);
            Requests.Enqueue(request);
            await _script(new ScriptedExchange(request, socket, stop));
        }
    }

    private static async Task<string> ReadHeadAsync(Socket socket, CancellationToken stop)
    {
        var head = new StringBuilder();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await socket.ReceiveAsync(one, stop) == 0)
                return "";
            head.Append((char)one[0]);
        }

        return head.ToString();
    }
}
