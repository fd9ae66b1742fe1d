using Microsoft.Win32.SafeHandles;
using Shacache.Testing;

namespace Shacache.Transport.Tests;

public sealed class FileBodyTests : IAsyncLifetime
{
    private const int LengthBytes = 300_001;

    private readonly TemporaryFolder _folder = new();
    private readonly CountingMemoryPool _pool = new();
    private readonly byte[] _content = new byte[LengthBytes];
    private SocketPair _pair = null!;
    private SocketWriter _writer = null!;
    private SafeFileHandle _file = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Files are sent on Linux only.");
        new Random(1).NextBytes(_content);
        await File.WriteAllBytesAsync(_folder["file"], _content, Cancel);
        _file = File.OpenHandle(_folder["file"]);
        _pair = await SocketPair.ConnectAsync();
        _writer = new SocketWriter(_pair.Server, _pool);

        // From then on .NET has the socket not wait.
        await _pair.Server.SendAsync(new byte[1], Cancel);
        await _pair.Client.ReceiveAsync(new byte[1], Cancel);
        _ = _pair.Server.ReceiveAsync(new byte[1], Cancel).AsTask();
    }

    public ValueTask DisposeAsync()
    {
        _writer?.Complete();
        _pair?.Dispose();
        _file?.Dispose();
        _folder.Dispose();
        _pool.Dispose();
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData(0, LengthBytes)]
    [InlineData(1, 4096)]
    [InlineData(4095, 200_000)]
    [InlineData(4096, 1)]
    public async Task Offer_MemoryOfTheWriter_HoldsTheFileAndIsSent(int offset, int lengthBytes)
    {
        _writer.Offer(_file, offset, lengthBytes);
        Memory<byte> memory = _writer.GetMemory(lengthBytes);

        Assert.True(_content.AsSpan(offset, lengthBytes).SequenceEqual(memory.Span));
        Assert.True(_writer.Holds(memory));
        _writer.Advance(lengthBytes);
        _writer.GetSpan(1)[0] = 77;
        _writer.Advance(1);

        Assert.Equal([.. _content.AsSpan(offset, lengthBytes), 77], await SendAsync(lengthBytes + 1));
    }

    [Fact]
    public async Task Offer_OthersWriteToTheMemoryFirst_WhatTheyWroteIsSentAndTheFileStays()
    {
        _writer.Offer(_file, 0, LengthBytes);
        Memory<byte> memory = _writer.GetMemory(LengthBytes);
        memory.Span[0] ^= 1;

        Assert.False(_writer.Holds(memory[1..]));
        _writer.Advance(2);

        Assert.Equal([(byte)(_content[0] ^ 1), _content[1]], await SendAsync(2));
        Assert.Equal(_content, await File.ReadAllBytesAsync(_folder["file"], Cancel));
    }

    [Fact]
    public async Task Offer_MemoryOfAnother_IsNoneAndTheOfferEnds()
    {
        _writer.Offer(_file, 0, LengthBytes);

        Assert.False(_writer.Holds(new byte[LengthBytes]));
        _writer.GetSpan(1)[0] = 5;
        _writer.Advance(1);

        Assert.Equal([5], await SendAsync(1));
    }

    private async Task<byte[]> SendAsync(int lengthBytes)
    {
        Task flush = _writer.FlushAsync(Cancel).AsTask();
        byte[] received = new byte[lengthBytes];
        for (int count = 0; count < lengthBytes;)
            count += await _pair.Client.ReceiveAsync(received.AsMemory(count), Cancel);
        await flush;
        return received;
    }
}
