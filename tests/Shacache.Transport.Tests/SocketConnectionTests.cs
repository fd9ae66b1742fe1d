using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Shacache.Testing;

namespace Shacache.Transport.Tests;

public sealed class SocketConnectionTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly CountingMemoryPool _pool = new();
    private SocketPair _pair = null!;
    private SocketConnection _connection = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _pair = await SocketPair.ConnectAsync();
        _connection = new SocketConnection(_pair.Server, _pool);
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        _pair.Dispose();
        _pool.Dispose();
    }

    [Fact]
    public async Task DisposeAsync_ClientStillSends_GetsItsAnswerWhole()
    {
        byte[] answer = new byte[100_000];
        new Random(1).NextBytes(answer);
        Task sending = SendAsync(8 << 20);
        await _connection.Output.WriteAsync(answer, Cancel);
        await SomethingCameAsync();

        Task ending = _connection.DisposeAsync().AsTask();

        await using var stream = new NetworkStream(_pair.Client);
        using var got = new MemoryStream();
        await sending.WaitAsync(Patience, Cancel);
        _pair.Client.Shutdown(SocketShutdown.Send);
        await stream.CopyToAsync(got, Cancel).WaitAsync(Patience, Cancel);
        Assert.Equal(answer, got.ToArray());
        await ending.WaitAsync(Patience, Cancel);
        Assert.Equal(0, _pool.Rented);
    }

    [Fact]
    public async Task DisposeAsync_ClientSendsForever_IsCutOff()
    {
        Task sending = SendAsync(long.MaxValue);
        await SomethingCameAsync();

        await _connection.DisposeAsync().AsTask().WaitAsync(Patience, Cancel);

        await Assert.ThrowsAsync<SocketException>(() => sending.WaitAsync(Patience, Cancel));
    }

    [Fact]
    public async Task DisposeAsync_ManyClientsStillSend_HoldsABoundedNumber()
    {
        var pairs = new List<SocketPair>();
        var endings = new List<Task>();
        try
        {
            for (int i = 0; i < 200; i++)
            {
                SocketPair pair = await SocketPair.ConnectAsync();
                pairs.Add(pair);
                await pair.Client.SendAsync(new byte[1], Cancel);
                await Eventually.IsTrueAsync(() => Task.FromResult(pair.Server.Available > 0));
            }

            endings.AddRange(pairs.ConvertAll(pair => new SocketConnection(pair.Server, _pool)).ConvertAll(connection => connection.DisposeAsync().AsTask()));

            Assert.InRange(_pool.Rented, 0, 128);
            Assert.InRange(endings.Count(ending => !ending.IsCompleted), 0, 128);
        }
        finally
        {
            pairs.ForEach(pair => pair.Dispose());
            await Task.WhenAll(endings).WaitAsync(Patience, Cancel);
        }

        Assert.Equal(0, _pool.Rented);
    }

    [Fact]
    public async Task Abort_ReadIsPending_ResetsTheClientAndTellsTheRequest()
    {
        Task<ConnectionAbortedException> reading = Assert.ThrowsAsync<ConnectionAbortedException>(() => _connection.Input.ReadAsync(Cancel).AsTask());

        _connection.Abort(new ConnectionAbortedException());

        await reading.WaitAsync(Patience, Cancel);
        await CloseSeenAsync();
        SocketException e = await Assert.ThrowsAsync<SocketException>(() => _pair.Client.ReceiveAsync(new byte[1], Cancel).AsTask());
        Assert.Equal(SocketError.ConnectionReset, e.SocketErrorCode);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(false, false)]
    public async Task LookForHangUp_ClientHasHungUp_TellsTheRequest(bool resets, bool isEncrypted)
    {
        if (isEncrypted)
        {
            await SendAsync(5);
            await SomethingCameAsync();
        }

        _connection.Look(isEncrypted);
        Assert.False(_connection.ConnectionClosed.IsCancellationRequested);
        _pair.Client.Close(resets ? 0 : 1);

        await Eventually.IsTrueAsync(
            () =>
            {
                _connection.Look(isEncrypted);
                return Task.FromResult(_connection.ConnectionClosed.IsCancellationRequested);
            });
    }

    [Fact]
    public async Task LookForHangUp_ConnectionEndsMeanwhile_ClientGetsItsAnswerWhole()
    {
        byte[] answer = new byte[50_000];
        for (int i = 0; i < 1000; i++)
        {
            using SocketPair pair = await SocketPair.ConnectAsync();
            var connection = new SocketConnection(pair.Server, _pool);
            using var end = new CancellationTokenSource();
            Task looking = Task.Run(
                () =>
                {
                    while (!end.IsCancellationRequested)
                        connection.Look(mayBeUnread: false);
                },
                Cancel);
            await connection.Output.WriteAsync(answer, Cancel);
            await connection.DisposeAsync();
            await end.CancelAsync();
            await looking;

            // A reset would throw here.
            await using var stream = new NetworkStream(pair.Client);
            await stream.ReadExactlyAsync(new byte[answer.Length], Cancel);
            Assert.Equal(0, await stream.ReadAsync(new byte[1], Cancel));
        }
    }

    [Fact]
    public async Task LookForHangUp_ClientSendsItsNextRequest_IsNoHangUp()
    {
        await SendAsync(5);
        await SomethingCameAsync();

        _connection.Look(mayBeUnread: false);

        Assert.Equal(5, (await _connection.Input.ReadAsync(Cancel)).Buffer.Length);
        Assert.False(_connection.ConnectionClosed.IsCancellationRequested);
    }

    private async Task SendAsync(long lengthBytes)
    {
        byte[] bytes = new byte[64 * 1024];
        for (long left = lengthBytes; left > 0;)
            left -= await _pair.Client.SendAsync(bytes.AsMemory(0, (int)Math.Min(bytes.Length, left)), Cancel);
    }

    private Task SomethingCameAsync() => Eventually.IsTrueAsync(() => Task.FromResult(_pair.Server.Available > 0));

    private Task CloseSeenAsync() => Eventually.IsTrueAsync(() => Task.FromResult(_connection.ConnectionClosed.IsCancellationRequested));
}
