using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Shacache.Benchmarks.Packages;

/// <summary>An origin of any number of files, a thread for each connection: <c>/MS/files/NUMBER</c> is answered after so many milliseconds, and then at once.</summary>
internal sealed class DelayedOrigin : IDisposable
{
    public const int FileBytes = 8 << 20;

    private const int NumberBytes = sizeof(long);

    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentDictionary<string, int> _counts = new(StringComparer.Ordinal);
    private readonly ConcurrentBag<Socket> _connections = [];
    private readonly byte[] _rest = new byte[FileBytes - NumberBytes];
    private readonly string _page;

    /// <param name="indexed">How many files its page of a Python package names: those with the first numbers.</param>
    public DelayedOrigin(int indexed)
    {
        Random.Shared.NextBytes(_rest);
        _page = string.Concat(Enumerable.Range(0, indexed).Select(number => $"<a href=\"../../files/{number}#sha256={HashOf(number)}\">part-{number}-py3-none-any.whl</a>\n"));
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(128);
        new Thread(Accept) { IsBackground = true }.Start();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public Uri Url => new($"http://127.0.0.1:{Port}/");

    /// <summary>How often a path was asked for.</summary>
    public int CountOf(string path) => _counts.GetValueOrDefault(path);

    public void Dispose()
    {
        _listener.Dispose();
        foreach (Socket connection in _connections)
            connection.Dispose();
    }

    private static byte[] BeginningOf(long number)
    {
        byte[] bytes = new byte[NumberBytes];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        return bytes;
    }

    private static void Send(Socket socket, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
            bytes = bytes[socket.Send(bytes)..];
    }

    private string HashOf(long number)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(BeginningOf(number));
        hash.AppendData(_rest);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private void Accept()
    {
        try
        {
            while (true)
            {
                Socket connection = _listener.Accept();
                connection.NoDelay = true;
                _connections.Add(connection);
                new Thread(() => Serve(connection), 256 * 1024) { IsBackground = true }.Start();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The run is over.
        }
    }

    private void Serve(Socket connection)
    {
        byte[] buffer = new byte[16 * 1024];
        using (connection)
        {
            try
            {
                int filled = 0;
                while (true)
                {
                    int received = connection.Receive(buffer.AsSpan(filled));
                    if (received == 0)
                        return;
                    filled += received;
                    if (!buffer.AsSpan(0, filled).EndsWith("\r\n\r\n"u8))
                        continue;

                    // Nothing measured here sends a request before it has the answer to the last one.
                    Answer(connection, Encoding.ASCII.GetString(buffer, 0, filled).Split(' ')[1]);
                    filled = 0;
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The client has left, or the run is over.
            }
        }
    }

    private void Answer(Socket connection, string path)
    {
        _counts.AddOrUpdate(path, 1, static (_, count) => count + 1);
        if (path.Split('/') is not ["", var delay, .. var rest])
            return;
        if (delay != "0")
            Thread.Sleep(int.Parse(delay, CultureInfo.InvariantCulture));
        switch (rest)
        {
            case ["files", var number]:
                byte[] head = Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nContent-Length: {FileBytes}\r\n\r\n");
                Send(connection, [.. head, .. BeginningOf(long.Parse(number, CultureInfo.InvariantCulture))]);
                Send(connection, _rest);
                break;
            case ["simple", ..]:
                Send(connection, Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {_page.Length}\r\n\r\n{_page}"));
                break;
            default:
                Send(connection, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"u8);
                break;
        }
    }
}
