using System.Collections.Concurrent;
using System.Net.Security;
using System.Net.Sockets;
using Shacache.Testing;

namespace Shacache.Client.Tests.Servers;

/// <summary>A server on loopback that answers each request with whatever bytes, at whatever pace, a test says.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly LoopbackServer _server;
    private readonly Func<HttpExchange, Task> _answer;
    private readonly SslServerAuthenticationOptions? _tls;

    public ScriptedServer(Func<HttpExchange, Task> answer, SslServerAuthenticationOptions? tls = null)
    {
        _answer = answer;
        _tls = tls;
        _server = new LoopbackServer(ServeAsync);
    }

    public int Port => _server.Port;

    public string Url => $"{(_tls is null ? "http" : "https")}://127.0.0.1:{Port}";

    public int ConnectionCount => _server.ConnectionCount;

    /// <summary>"METHOD target" of each request, in order.</summary>
    public ConcurrentQueue<string> Requests { get; } = [];

    /// <summary>The heads of the requests, in order.</summary>
    public ConcurrentQueue<IReadOnlyDictionary<string, string>> Headers { get; } = [];

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task ServeAsync(Socket connection, CancellationToken stop)
    {
        Stream stream = new NetworkStream(connection);
        if (_tls is not null)
        {
            var secure = new SslStream(stream);
            await secure.AuthenticateAsServerAsync(_tls, stop);
            stream = secure;
        }

        while (await HttpExchange.ReadAsync(stream, stop) is { } exchange)
        {
            Requests.Enqueue($"{exchange.Method} {exchange.Target}");
            Headers.Enqueue(exchange.Headers);
            exchange.Number = Requests.Count;
            await _answer(exchange);
            if (exchange.IsClosing)
                break;
            await exchange.SkipBodyAsync();
        }
    }
}
