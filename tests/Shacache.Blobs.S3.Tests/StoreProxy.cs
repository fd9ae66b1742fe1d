using System.Net.Sockets;
using System.Text;
using Shacache.Testing;

namespace Shacache.Blobs.S3.Tests;

/// <summary>Between the store under test and the gateway: passes everything on, unless it is told to harm it.</summary>
internal sealed class StoreProxy : IAsyncDisposable
{
    private const string Busy = "HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nConnection: close\r\nContent-Length: 61\r\n\r\n<Error><Code>SlowDown</Code><Message>Later.</Message></Error>";

    private readonly int _port;
    private readonly LoopbackServer _server;
    private int _busy;
    private long _cutAfterBytes = long.MaxValue;
    private int _cuts;
    private int _falsified;
    private int _looks;
    private TaskCompletionSource? _release;
    private Task _delivery = Task.CompletedTask;

    public StoreProxy(int port)
    {
        _port = port;
        _server = new LoopbackServer(ServeAsync);
    }

    public Uri Endpoint => new($"http://{_server.Authority}");

    /// <summary>Answers the next requests, each on a connection of its own, as a store that is busy.</summary>
    public int BusyAnswers
    {
        get => Volatile.Read(ref _busy);
        set => Volatile.Write(ref _busy, value);
    }

    /// <summary>So many of the next answers with an entity tag have another one.</summary>
    public int FalsifiedTags
    {
        get => Volatile.Read(ref _falsified);
        set => Volatile.Write(ref _falsified, value);
    }

    /// <summary>Cuts some of the answers that are longer than this.</summary>
    public void CutAfter(long bytes, int times)
    {
        Volatile.Write(ref _cuts, times);
        Volatile.Write(ref _cutAfterBytes, bytes);
    }

    /// <summary>How many answers are still to be cut.</summary>
    public int CutsLeft => Volatile.Read(ref _cuts);

    /// <summary>How often a single mark of a removal was looked for.</summary>
    public int Looks => Volatile.Read(ref _looks);

    /// <summary>Takes removals of blobs, cuts their connection, and keeps them to itself.</summary>
    public void HoldRemovals() => _release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Delivers what is held, and returns when the store has done it. From now on none is held.</summary>
    public async Task ReleaseRemovalsAsync()
    {
        TaskCompletionSource release = _release!;
        release.SetResult();
        await _delivery;
        _release = null;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task ServeAsync(Socket client, CancellationToken cancellationToken)
    {
        await using var near = new NetworkStream(client, ownsSocket: false);
        byte[] buffer = new byte[64 * 1024];
        int count = await near.ReadAsync(buffer, cancellationToken);
        if (count == 0)
            return;
        if (Interlocked.Decrement(ref _busy) >= 0)
        {
            await near.WriteAsync(Encoding.ASCII.GetBytes(Busy), cancellationToken);
            client.Shutdown(SocketShutdown.Send);
            await near.CopyToAsync(Stream.Null, cancellationToken);
            return;
        }

        Interlocked.Exchange(ref _busy, 0);
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await server.ConnectAsync("127.0.0.1", _port, cancellationToken);
        await using var far = new NetworkStream(server, ownsSocket: false);
        if (IsHeld(buffer.AsSpan(0, count)))
        {
            Hold(buffer[..count]);
            return;
        }

        await far.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
        await Task.WhenAny(AskAsync(near, far, cancellationToken), AnswerAsync(far, near, cancellationToken));
    }

    private bool IsHeld(ReadOnlySpan<byte> request)
    {
        if (request.StartsWith("HEAD "u8) && request.IndexOf("/removing/"u8) >= 0)
            Interlocked.Increment(ref _looks);
        return _release is not null && request.StartsWith("DELETE "u8) && request.IndexOf("/blobs/"u8) >= 0;
    }

    private void Hold(byte[] request) => _delivery = DeliverAsync(request);

    private async Task DeliverAsync(byte[] request)
    {
        await _release!.Task;
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await server.ConnectAsync("127.0.0.1", _port);
        await server.SendAsync(request);
        byte[] answer = new byte[1024];
        Assert.NotEqual(0, await server.ReceiveAsync(answer));
    }

    private async Task AskAsync(NetworkStream near, NetworkStream far, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[64 * 1024];
        int count;
        while ((count = await near.ReadAsync(buffer, cancellationToken)) > 0)
        {
            if (IsHeld(buffer.AsSpan(0, count)))
            {
                Hold(buffer[..count]);
                return;
            }

            await far.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
        }
    }

    private async Task AnswerAsync(NetworkStream far, NetworkStream near, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[64 * 1024];
        long sent = 0;
        int count;
        while ((count = await far.ReadAsync(buffer, cancellationToken)) > 0)
        {
            Falsify(buffer.AsSpan(0, count));
            sent += count;
            if (sent > Volatile.Read(ref _cutAfterBytes) && Interlocked.Decrement(ref _cuts) >= 0)
                return;
            await near.WriteAsync(buffer.AsMemory(0, count), cancellationToken);
        }
    }

    private void Falsify(Span<byte> bytes)
    {
        int at = bytes.IndexOf("ETag: \""u8);
        if (at >= 0 && Interlocked.Decrement(ref _falsified) >= 0)
            bytes[at + 7] = bytes[at + 7] == (byte)'0' ? (byte)'1' : (byte)'0';
    }
}
