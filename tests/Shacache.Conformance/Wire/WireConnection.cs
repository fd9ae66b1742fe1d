using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Shacache.Conformance.Wire;

/// <summary>One connection, bytes in and bytes out, so that no HTTP library hides a fault of either side.</summary>
internal sealed class WireConnection : IAsyncDisposable
{
    /// <summary>No single step of a test takes longer; a server that does not answer by then fails it.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly Socket _socket;
    private readonly Stream _stream;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;

    private WireConnection(Socket socket, Stream stream)
    {
        _socket = socket;
        _stream = stream;
    }

    /// <param name="url">Only scheme, host and port are used.</param>
    /// <param name="receiveBufferBytes">A small one makes a client that reads slowly felt by the server; 0 leaves the system's.</param>
    public static async Task<WireConnection> OpenAsync(Uri url, int receiveBufferBytes = 0)
    {
        using CancellationTokenSource limit = NewLimit();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBufferBytes > 0)
            socket.ReceiveBufferSize = receiveBufferBytes;
        try
        {
            EndPoint to = IPAddress.TryParse(url.Host, out IPAddress? address)
                ? new IPEndPoint(address, url.Port)
                : new DnsEndPoint(url.Host, url.Port);
            await socket.ConnectAsync(to, limit.Token);
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            if (url.Scheme == Uri.UriSchemeHttps)
            {
                var tls = new SslStream(stream);
                await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = url.Host }, limit.Token);
                stream = tls;
            }

            return new WireConnection(socket, stream);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <param name="latin1">Each character is one byte.</param>
    public Task SendAsync(string latin1) => SendAsync(Encoding.Latin1.GetBytes(latin1));

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        using CancellationTokenSource limit = NewLimit();
        await _stream.WriteAsync(bytes, limit.Token);
        await _stream.FlushAsync(limit.Token);
    }

    /// <summary>Sends what the server still takes. It may close in the middle of a request that it refuses.</summary>
    /// <returns>False when the server stopped taking.</returns>
    public async Task<bool> TrySendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await SendAsync(bytes);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Says that nothing more will be sent, and goes on receiving.</summary>
    public void FinishSending()
    {
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The server closed first; what it said before that is read next.
        }
    }

    /// <summary>Closes with a reset, as a client that dies.</summary>
    public void Abort()
    {
        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Dispose();
    }

    public async Task<WireResponse> ReceiveAsync(bool toHead = false) =>
        await TryReceiveAsync(toHead) ?? throw new IOException("The server closed the connection without an answer.");

    /// <summary>The next final answer; null when the server closed without one. Interim answers (1xx) are passed over.</summary>
    public async Task<WireResponse?> TryReceiveAsync(bool toHead = false)
    {
        while (await ReceiveHeadAsync() is { } head)
        {
            if (head.Status is >= 100 and < 200)
                continue;
            byte[] body = toHead || head.Status is 204 or 304 ? [] : await ReadBodyAsync(head);
            return head with { Body = body };
        }

        return null;
    }

    /// <summary>The next answer; null when the server closed without one, be it with a reset, as it may after a request that broke off.</summary>
    public async Task<WireResponse?> TryReceiveBeforeResetAsync()
    {
        try
        {
            return await TryReceiveAsync();
        }
        catch (IOException e) when (e.InnerException is SocketException)
        {
            return null;
        }
    }

    /// <summary>The status line and the headers; the body is left unread.</summary>
    public async Task<WireResponse?> ReceiveHeadAsync()
    {
        string? statusLine = await ReadLineAsync();
        if (statusLine is null)
            return null;
        if (!statusLine.StartsWith("HTTP/1.", StringComparison.Ordinal))
            throw new IOException($"This is no status line: {statusLine}");
        List<KeyValuePair<string, string>> headers = [];
        while (await ReadLineAsync() is { Length: > 0 } line)
        {
            int colon = line.IndexOf(':');
            headers.Add(new(line[..colon], line[(colon + 1)..].Trim()));
        }

        return new WireResponse(statusLine, headers, []);
    }

    /// <summary>One line without its end; null at the end of the stream.</summary>
    public async Task<string?> ReadLineAsync()
    {
        var line = new List<byte>();
        while (true)
        {
            if (_start == _end && !await FillAsync())
                return line.Count == 0 ? null : throw new IOException($"The answer ends in a line: {Encoding.Latin1.GetString([.. line])}");
            byte next = _buffer[_start++];
            if (next == '\n')
                return Encoding.Latin1.GetString([.. line]).TrimEnd('\r');
            line.Add(next);
        }
    }

    /// <summary>Some bytes of a body, at most those asked for; 0 at the end of the stream.</summary>
    public async Task<int> ReadAsync(Memory<byte> destination)
    {
        if (_start == _end && !await FillAsync())
            return 0;
        int count = Math.Min(destination.Length, _end - _start);
        _buffer.AsMemory(_start, count).CopyTo(destination);
        _start += count;
        return count;
    }

    /// <summary>Waits until the server closes; what it still sends must be nothing.</summary>
    public async Task AssertClosedByServerAsync()
    {
        byte[] rest = new byte[200];
        int count;
        try
        {
            count = await ReadAsync(rest);
        }
        catch (IOException)
        {
            return; // A reset closes as well.
        }

        Assert.True(count == 0, $"More came instead of the end: {Encoding.Latin1.GetString(rest, 0, count)}");
    }

    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _socket.Dispose();
    }

    private async Task<byte[]> ReadBodyAsync(WireResponse head)
    {
        using var body = new MemoryStream();
        if (string.Equals(head.Header("Transfer-Encoding"), "chunked", StringComparison.OrdinalIgnoreCase))
        {
            while (await ReadLineAsync() is { } size && int.Parse(size, NumberStyles.HexNumber, CultureInfo.InvariantCulture) is > 0 and var bytes)
            {
                await CopyAsync(body, bytes);
                await ReadLineAsync();
            }

            await ReadLineAsync();
        }
        else if (head.Header("Content-Length") is { } length)
        {
            await CopyAsync(body, long.Parse(length, NumberStyles.None, CultureInfo.InvariantCulture));
        }
        else
        {
            await CopyAsync(body, long.MaxValue);
        }

        return body.ToArray();
    }

    private async Task CopyAsync(MemoryStream body, long lengthBytes)
    {
        byte[] part = new byte[64 * 1024];
        while (lengthBytes > 0)
        {
            int count = await ReadAsync(part.AsMemory(0, (int)Math.Min(part.Length, lengthBytes)));
            if (count == 0)
            {
                if (lengthBytes > long.MaxValue / 2)
                    return;
                throw new IOException($"The answer ends {lengthBytes} bytes early.");
            }

            body.Write(part, 0, count);
            lengthBytes -= count;
        }
    }

    private async Task<bool> FillAsync()
    {
        using CancellationTokenSource limit = NewLimit();
        try
        {
            _start = 0;
            _end = await _stream.ReadAsync(_buffer, limit.Token);
            return _end > 0;
        }
        catch (OperationCanceledException e) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"Nothing came from the server for {Limit.TotalSeconds} s.", e);
        }
    }

    private static CancellationTokenSource NewLimit()
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        source.CancelAfter(Limit);
        return source;
    }
}
