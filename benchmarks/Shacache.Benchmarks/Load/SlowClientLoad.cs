using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Shacache.Benchmarks.Load;

/// <summary>Clients that download something large and take a little of it now and then.</summary>
internal static class SlowClientLoad
{
    private const int ChunkBytes = 16 * 1024;
    private const int PauseMs = 250;

    /// <exception cref="LoadException">A connection was refused or ended.</exception>
    public static void Run(int port, string path, int clients, TimeSpan duration, CancellationToken cancellationToken)
    {
        byte[] request = RequestHead.Get(path, close: true);
        byte[] chunk = new byte[ChunkBytes];
        List<Socket> sockets = [];
        try
        {
            for (int i = 0; i < clients; i++)
            {
                sockets.Add(new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 10_000 });
                sockets[i].Connect(IPAddress.Loopback, port);
                sockets[i].Send(request);
            }

            long start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start) < duration)
            {
                foreach (Socket socket in sockets)
                {
                    if (socket.Receive(chunk) == 0)
                        throw new LoadException("the server closed the connection of a slow client");
                }

                cancellationToken.WaitHandle.WaitOne(PauseMs);
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
        catch (SocketException e)
        {
            throw new LoadException($"a slow client lost its connection: {e.Message}");
        }
        finally
        {
            sockets.ForEach(socket => socket.Dispose());
        }
    }
}
