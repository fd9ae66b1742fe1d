using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using Shacache.Testing;

namespace Shacache.Client.Tests.Servers;

/// <summary>A real proxy on loopback: tunnels CONNECT, forwards requests in absolute form, and asks for a password when told to.</summary>
internal sealed class ForwardingProxy : IAsyncDisposable
{
    private readonly LoopbackServer _server;
    private readonly string? _authorization;

    /// <param name="credentials">"user:password" that is demanded; null for none.</param>
    public ForwardingProxy(string? credentials = null)
    {
        _authorization = credentials is null ? null : "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials));
        _server = new LoopbackServer(ServeAsync);
    }

    public string Authority => _server.Authority;

    /// <summary>"METHOD target" of each request that was let through.</summary>
    public ConcurrentQueue<string> Forwarded { get; } = [];

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task ServeAsync(Socket connection, CancellationToken stop)
    {
        await using var client = new NetworkStream(connection);
        while (await HttpExchange.ReadAsync(client, stop) is { } exchange)
        {
            if (_authorization is not null && exchange.Header("Proxy-Authorization") != _authorization)
            {
                await exchange.AnswerAsync(407, "", "Proxy-Authenticate: Basic realm=\"proxy\"");
                continue;
            }

            Forwarded.Enqueue($"{exchange.Method} {exchange.Target}");
            bool tunnel = exchange.Method == "CONNECT";
            var target = tunnel ? new Uri("https://" + exchange.Target) : new Uri(exchange.Target);
            using var server = new TcpClient();
            await server.ConnectAsync(target.Host, target.Port, stop);
            if (tunnel)
                await exchange.WriteAsync("HTTP/1.1 200 Connection established\r\n\r\n");
            else
                await server.GetStream().WriteAsync(Encoding.ASCII.GetBytes(Head(exchange, target)), stop);
            await LoopbackServer.RelayAsync(client, server.GetStream(), stop);
            return;
        }
    }

    /// <summary>One request a connection: what follows on it is copied as it comes.</summary>
    private static string Head(HttpExchange exchange, Uri target)
    {
        IEnumerable<string> headers = exchange.Headers
            .Where(header => !header.Key.StartsWith("Proxy-", StringComparison.OrdinalIgnoreCase) && header.Key != "Connection")
            .Select(header => $"{header.Key}: {header.Value}\r\n");
        return $"{exchange.Method} {target.PathAndQuery} HTTP/1.1\r\n{string.Concat(headers)}Connection: close\r\n\r\n";
    }
}
