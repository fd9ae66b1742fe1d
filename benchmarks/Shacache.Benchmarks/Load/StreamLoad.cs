using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;

namespace Shacache.Benchmarks.Load;

/// <summary>A load over streams, with TLS or without: the one code for both, so that they can be compared. Dearer than <see cref="LoadGenerator"/>.</summary>
/// <param name="connections">Connections at the same time, each with one request under way.</param>
/// <param name="request">The request, head and all.</param>
/// <param name="bodyBytes">The length that every answer's body must have.</param>
/// <param name="close">Whether each request has a connection of its own, with a whole handshake.</param>
internal sealed class StreamLoad(int connections, byte[] request, long bodyBytes, bool close)
{
    private const int BufferBytes = 64 * 1024;
    private static readonly TimeSpan MaxDrain = TimeSpan.FromSeconds(5);

    /// <exception cref="LoadException">An answer was wrong, or none came.</exception>
    public LoadResult Run(int port, bool tls, TimeSpan duration, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(duration + MaxDrain);
        long start = Stopwatch.GetTimestamp();
        try
        {
            long[] counts = Task.WhenAll(Enumerable.Range(0, connections).Select(_ => Task.Run(
                () => RunConnectionAsync(port, tls, start, duration, limit.Token), limit.Token))).GetAwaiter().GetResult();
            return new LoadResult(counts.Sum(), counts.Sum() * bodyBytes, Stopwatch.GetElapsedTime(start));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new LoadException($"an answer is still missing {MaxDrain.TotalSeconds} s after the end");
        }
    }

    private async Task<long> RunConnectionAsync(int port, bool tls, long start, TimeSpan duration, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[BufferBytes];
        long count = 0;
        Stream? stream = null;
        try
        {
            while (Stopwatch.GetElapsedTime(start) < duration)
            {
                stream ??= await ConnectAsync(port, tls, cancellationToken);
                await stream.WriteAsync(request, cancellationToken);
                await ReadAnswerAsync(stream, buffer, cancellationToken);
                count++;
                if (!close)
                    continue;
                await stream.DisposeAsync();
                stream = null;
            }

            return count;
        }
        finally
        {
            if (stream is not null)
                await stream.DisposeAsync();
        }
    }

    private static async Task<Stream> ConnectAsync(int port, bool tls, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Stream? stream = null;
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, port, cancellationToken);
            stream = new NetworkStream(socket, ownsSocket: true);
            if (!tls)
                return stream;
            var secure = new SslStream(stream);
            stream = secure;
            await secure.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = "127.0.0.1",
                    AllowTlsResume = false,
                    // It is our own server, of which only the speed is asked.
#pragma warning disable CA5359
                    RemoteCertificateValidationCallback = static (_, _, _, _) => true,
#pragma warning restore CA5359
                },
                cancellationToken);
            return stream;
        }
        catch
        {
            socket.Dispose();
            if (stream is not null)
                await stream.DisposeAsync();
            throw;
        }
    }

    private async Task ReadAnswerAsync(Stream stream, byte[] buffer, CancellationToken cancellationToken)
    {
        int received = 0;
        ResponseHead head;
        do
        {
            int read = await stream.ReadAsync(buffer.AsMemory(received), cancellationToken);
            if (read == 0)
                throw new LoadException("the server closed a connection without an answer");
            received += read;
        }
        while (!ResponseHead.TryParse(buffer.AsSpan(0, received), out head));
        if (head.Status != 200 || head.BodyBytes != bodyBytes)
            throw new LoadException($"expected status 200 and {bodyBytes} bytes, got {head.Status} and {head.BodyBytes}");
        for (long missing = head.BodyBytes - (received - head.HeadBytes); missing > 0;)
        {
            int read = await stream.ReadAsync(buffer, cancellationToken);
            if (read == 0)
                throw new LoadException($"the server closed a connection with {missing} bytes of an answer missing");
            missing -= read;
        }
    }
}
