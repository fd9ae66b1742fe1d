using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Shacache.Benchmarks.Load;

/// <summary>One transfer over one connection, with as little work on this side as there can be.</summary>
internal static class LargeTransfer
{
    private const int BufferBytes = 256 * 1024;
    private static readonly int TimeoutMs = (int)TimeSpan.FromMinutes(3).TotalMilliseconds;

    /// <summary>Sends a file as the body of a request; the kernel copies it from its page cache.</summary>
    /// <returns>The time until the answer was there.</returns>
    /// <exception cref="LoadException">The answer is not <c>201</c>.</exception>
    public static TimeSpan Upload(int port, string method, string path, string file)
    {
        long start = Stopwatch.GetTimestamp();
        using Socket socket = Connect(port);
        socket.Send(RequestHead.Upload(method, path, new FileInfo(file).Length, close: true));
        socket.SendFile(file);
        Receive(socket, status: 201, bodyBytes: null);
        return Stopwatch.GetElapsedTime(start);
    }

    /// <summary>Receives an object and drops it.</summary>
    /// <exception cref="LoadException">The answer is not <c>200</c> with so many bytes.</exception>
    public static void Download(int port, string path, long bodyBytes)
    {
        using Socket socket = Connect(port);
        socket.Send(RequestHead.Get(path, close: true));
        Receive(socket, status: 200, bodyBytes);
    }

    private static Socket Connect(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
        {
            SendTimeout = TimeoutMs,
            ReceiveTimeout = TimeoutMs,
        };
        socket.Connect(IPAddress.Loopback, port);
        return socket;
    }

    private static void Receive(Socket socket, int status, long? bodyBytes)
    {
        byte[] buffer = new byte[BufferBytes];
        int filled = 0;
        ResponseHead head;
        do
        {
            int received = socket.Receive(buffer.AsSpan(filled));
            if (received == 0)
                throw new LoadException("the server closed the connection without an answer");
            filled += received;
        }
        while (!ResponseHead.TryParse(buffer.AsSpan(0, filled), out head));

        long missing = head.BodyBytes - (filled - head.HeadBytes);
        while (missing > 0)
        {
            int received = socket.Receive(buffer);
            if (received == 0)
                throw new LoadException($"the server closed the connection with {missing} bytes of the answer missing");
            missing -= received;
        }

        if (head.Status != status || (bodyBytes ?? head.BodyBytes) != head.BodyBytes)
            throw new LoadException($"expected status {status} and {bodyBytes} bytes, got {head.Status} and {head.BodyBytes} bytes");
    }
}
