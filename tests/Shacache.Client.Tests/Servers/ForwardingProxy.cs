using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Shacache.Client.Tests.Servers;

/// <summary>A real proxy on loopback: tunnels CONNECT, forwards requests in absolute form, and asks for a password when told to.</summary>
internal sealed class ForwardingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _connections = [];
    private readonly string? _authorization;
    private readonly Task _accepting;

    /// <param name="credentials">"user:password" that is demanded; null for none.</param>
    public ForwardingProxy(string? credentials = null)
    {
        _authorization = credentials is null ? null : "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials));
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Authority => $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>"METHOD target" of each request that was let through.</summary>
    public ConcurrentQueue<string> Forwarded { get; } = [];

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or InvalidOperationException)
        {
        }
    }

    private async Task ServeAsync(TcpClient connection)
    {
        using (connection)
        {
            try
            {
                NetworkStream client = connection.GetStream();
                while (await HttpExchange.ReadAsync(client, _stop.Token) is { } exchange)
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
                    await server.ConnectAsync(target.Host, target.Port, _stop.Token);
                    if (tunnel)
                        await exchange.WriteAsync("HTTP/1.1 200 Connection established\r\n\r\n");
                    else
                        await server.GetStream().WriteAsync(Encoding.ASCII.GetBytes(Head(exchange, target)), _stop.Token);
                    await Task.WhenAny(client.CopyToAsync(server.GetStream(), _stop.Token), server.GetStream().CopyToAsync(client, _stop.Token));
                    return;
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or SocketException)
            {
            }
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
