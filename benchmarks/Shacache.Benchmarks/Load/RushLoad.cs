using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Shacache.Benchmarks.Load;

/// <summary>Clients that all want one object at once, a thread each. What they receive is counted and dropped in the kernel, so that they cost little.</summary>
internal static class RushLoad
{
    private const int HeadBytes = 16 * 1024;
    private const int StepBytes = 4 << 20;
    private static readonly int TimeoutMs = (int)TimeSpan.FromMinutes(3).TotalMilliseconds;

    /// <returns>Of each client the times from its request to the first byte of the body, and to the last.</returns>
    /// <exception cref="LoadException">An answer is not <c>200</c> with so many bytes.</exception>
    public static IReadOnlyList<(TimeSpan FirstByte, TimeSpan LastByte)> Run(int port, string path, long bodyBytes, int clients)
    {
        var results = new (TimeSpan First, TimeSpan Last)[clients];
        Exception? failure = null;
        Thread[] threads =
        [
            .. Enumerable.Range(0, clients).Select(i => new Thread(() =>
            {
                try
                {
                    results[i] = Download(port, path, bodyBytes);
                }
                catch (Exception e) when (e is SocketException or LoadException)
                {
                    failure = e;
                }
            }, 256 * 1024)),
        ];
        foreach (Thread thread in threads)
            thread.Start();
        foreach (Thread thread in threads)
            thread.Join();
        return failure is null ? results : throw new LoadException($"a client of {clients} failed: {failure.Message}");
    }

    private static (TimeSpan First, TimeSpan Last) Download(int port, string path, long bodyBytes)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = TimeoutMs };
        socket.Connect(IPAddress.Loopback, port);
        long start = Stopwatch.GetTimestamp();
        socket.Send(RequestHead.Get(path, close: true));
        byte[] buffer = new byte[HeadBytes];
        int filled = 0;
        ResponseHead head;
        do
        {
            int received = socket.Receive(buffer.AsSpan(filled));
            if (received == 0)
                throw new LoadException("the connection was closed without an answer");
            filled += received;
        }
        while (!ResponseHead.TryParse(buffer.AsSpan(0, filled), out head));
        if (head.Status != 200 || head.BodyBytes != bodyBytes)
            throw new LoadException($"expected status 200 and {bodyBytes} bytes, got {head.Status} and {head.BodyBytes} bytes");

        long missing = bodyBytes - (filled - head.HeadBytes);
        TimeSpan first = missing < bodyBytes ? Stopwatch.GetElapsedTime(start) : default;
        while (missing > 0)
        {
            int dropped = LibC.Drop(socket, (int)Math.Min(StepBytes, missing));
            if (dropped == 0)
                throw new LoadException($"the connection was closed with {missing} bytes missing");
            if (first == default)
                first = Stopwatch.GetElapsedTime(start);
            missing -= dropped;
        }

        return (first, Stopwatch.GetElapsedTime(start));
    }
}
