using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Connections;

namespace Shacache.Transport.Tests;

public sealed class SocketReaderTests : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly CountingMemoryPool _pool = new();
    private SocketPair _pair = null!;
    private SocketReader _reader = null!;
    private int _closed;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _pair = await SocketPair.ConnectAsync();
        _reader = new SocketReader(_pair.Server, _pool, () => _closed++);
    }

    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    public void Dispose()
    {
        _pair.Dispose();
        _pool.Dispose();
    }

    [Fact]
    public async Task ReadAsync_BytesThatWereExaminedButNotConsumed_ComeAgainWithMore()
    {
        await SendAsync("abc");
        ReadResult first = await ReadAsync();
        Assert.Equal("abc", Text(first));
        _reader.AdvanceTo(first.Buffer.GetPosition(1), first.Buffer.End);
        Assert.False(_reader.TryRead(out _));
        ValueTask<ReadResult> waiting = _reader.ReadAsync(Cancel);
        Assert.False(waiting.IsCompleted);
        Assert.True(_reader.IsReceiving);

        await SendAsync("def");

        Assert.Equal("bcdef", Text(await waiting.AsTask().WaitAsync(Patience, Cancel)));
        Assert.False(_reader.IsReceiving);
    }

    [Fact]
    public async Task ReadAsync_BytesThatWereNotExamined_ComeAtOnce()
    {
        await SendAsync("abcdef");
        ReadResult first = await ReadAsync();
        _reader.AdvanceTo(first.Buffer.GetPosition(2), first.Buffer.GetPosition(4));

        Assert.True(_reader.TryRead(out ReadResult second));
        Assert.Equal("cdef", Text(second));
        _reader.AdvanceTo(second.Buffer.Start, second.Buffer.Start);
        ValueTask<ReadResult> third = _reader.ReadAsync(Cancel);
        Assert.True(third.IsCompleted);
        Assert.Equal("cdef", Text(await third));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task ReadAsync_LumpsOfAllSizes_GivesEveryByteInOrder(int seed)
    {
        byte[] content = new byte[(3 << 20) + seed];
        new Random(seed).NextBytes(content);
        Task sending = SendInLumpsAsync(content, new Random(seed));
        var random = new Random(-seed);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        long received = 0;
        while (true)
        {
            ReadResult read = await ReadAsync();
            if (read.Buffer.IsEmpty && read.IsCompleted)
                break;

            // Some of it is consumed, and some looked at; all that is left must come again.
            long consumed = read.IsCompleted || random.Next(4) == 0 ? read.Buffer.Length : random.NextInt64(read.Buffer.Length + 1);
            foreach (ReadOnlyMemory<byte> part in read.Buffer.Slice(0, consumed))
                hash.AppendData(part.Span);
            received += consumed;
            long examined = consumed + random.NextInt64(read.Buffer.Length - consumed + 1);
            _reader.AdvanceTo(read.Buffer.GetPosition(consumed), read.Buffer.GetPosition(examined));
        }

        await sending;
        Assert.Equal(content.Length, received);
        Assert.Equal(SHA512.HashData(content), hash.GetHashAndReset());
        await _reader.CompleteAsync();
        Assert.Equal(0, _pool.Rented);
    }

    [Fact]
    public async Task ReadAsync_WaitingForRequestsBehindBodies_HoldsNoBlock()
    {
        for (int i = 0; i < 3; i++)
        {
            Task sending = SendInLumpsAsync(new byte[300_000], new Random(i), isLast: false);
            for (long left = 300_000; left > 0;)
            {
                ReadResult read = await ReadAsync();
                left -= read.Buffer.Length;
                _reader.AdvanceTo(read.Buffer.End);
            }

            await sending;
            await SendAsync("GET");
            _reader.AdvanceTo((await ReadAsync()).Buffer.End);
            ValueTask<ReadResult> waiting = _reader.ReadAsync(Cancel);
            Assert.False(waiting.IsCompleted);
            Assert.Equal(0, _pool.Rented);
            await SendAsync("GET");
            _reader.AdvanceTo((await waiting.AsTask().WaitAsync(Patience, Cancel)).Buffer.End);
        }
    }

    [Fact]
    public async Task ReadAsync_WaitingRightBehindABody_HoldsNoBlock()
    {
        await SendAsync(new string('x', 8192));
        for (long left = 8192; left > 0;)
        {
            ReadResult read = await ReadAsync();
            left -= read.Buffer.Length;
            _reader.AdvanceTo(read.Buffer.End);
        }

        ValueTask<ReadResult> waiting = _reader.ReadAsync(Cancel);

        Assert.False(waiting.IsCompleted);
        Assert.Equal(0, _pool.Rented);
        await SendAsync("GET");
        Assert.Equal("GET", Text(await waiting.AsTask().WaitAsync(Patience, Cancel)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CancelPendingRead_EndsOneReadAndNoMore(bool isPending)
    {
        ValueTask<ReadResult> reading = default;
        if (isPending)
            reading = _reader.ReadAsync(Cancel);
        _reader.CancelPendingRead();
        if (!isPending)
            reading = _reader.ReadAsync(Cancel);

        ReadResult cancelled = await reading.AsTask().WaitAsync(Patience, Cancel);

        Assert.True(cancelled.IsCanceled);
        Assert.False(cancelled.IsCompleted);
        _reader.AdvanceTo(cancelled.Buffer.End);
        await SendAsync("on");
        ReadResult next = await ReadAsync();
        Assert.False(next.IsCanceled);
        Assert.Equal("on", Text(next));
    }

    [Fact]
    public async Task ReadAsync_TokenIsCancelled_ThrowsAndLosesNothing()
    {
        await SendAsync("ab");
        ReadResult first = await ReadAsync();
        _reader.AdvanceTo(first.Buffer.Start, first.Buffer.End);
        using var source = new CancellationTokenSource();
        ValueTask<ReadResult> reading = _reader.ReadAsync(source.Token);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.AsTask().WaitAsync(Patience, Cancel));

        await SendAsync("c");

        ReadResult next = await ReadAsync();
        Assert.False(next.IsCanceled);
        Assert.Equal("abc", Text(next));
    }

    [Fact]
    public async Task ReadAsync_ClientCloses_IsCompletedBehindWhatItSent()
    {
        await SendAsync("last");
        ReadResult first = await ReadAsync();
        _reader.AdvanceTo(first.Buffer.Start, first.Buffer.End);
        _pair.Client.Shutdown(SocketShutdown.Send);

        ReadResult second = await ReadAsync();

        Assert.True(second.IsCompleted);
        Assert.Equal("last", Text(second));
        _reader.AdvanceTo(second.Buffer.End);
        Assert.True((await ReadAsync()) is { IsCompleted: true, Buffer.IsEmpty: true });
        Assert.Equal(1, _closed);
    }

    [Fact]
    public async Task ReadAsync_ClientResets_Throws()
    {
        ValueTask<ReadResult> reading = _reader.ReadAsync(Cancel);
        _pair.Client.Close(0);

        await Assert.ThrowsAsync<ConnectionResetException>(() => reading.AsTask().WaitAsync(Patience, Cancel));

        Assert.Equal(1, _closed);
    }

    [Fact]
    public async Task ReadAsync_SocketIsClosedHere_Throws()
    {
        ValueTask<ReadResult> reading = _reader.ReadAsync(Cancel);
        _pair.Server.Close(0);

        await Assert.ThrowsAsync<ConnectionAbortedException>(() => reading.AsTask().WaitAsync(Patience, Cancel));
        await Assert.ThrowsAsync<ConnectionAbortedException>(() => _reader.ReadAsync(Cancel).AsTask());
        Assert.Equal(0, _closed);
    }

    private static string Text(in ReadResult read) => Encoding.Latin1.GetString(read.Buffer.ToArray());

    private Task<ReadResult> ReadAsync() => _reader.ReadAsync(Cancel).AsTask().WaitAsync(Patience, Cancel);

    private async Task SendAsync(string text) => Assert.Equal(text.Length, await _pair.Client.SendAsync(Encoding.Latin1.GetBytes(text), Cancel));

    private async Task SendInLumpsAsync(byte[] content, Random random, bool isLast = true)
    {
        for (int at = 0; at < content.Length;)
        {
            int step = Math.Min(random.Next(3) switch { 0 => random.Next(1, 100), 1 => random.Next(1, 8192), _ => random.Next(1, 200_000) }, content.Length - at);
            at += await _pair.Client.SendAsync(content.AsMemory(at, step), Cancel);
        }

        if (isLast)
            _pair.Client.Shutdown(SocketShutdown.Send);
    }
}
