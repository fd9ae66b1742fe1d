using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using Shacache.Posix;

namespace Shacache.Transport;

/// <summary>Sends a connection's answers straight through its socket, in the order they were written.</summary>
/// <remarks>
/// A flush is a call of the system, mostly one that is done at once; it ends when the socket has taken everything, so that a slow client is waited for,
/// and a data rate is measured.
/// </remarks>
internal sealed class SocketWriter(Socket socket, MemoryPool<byte> pool) : PipeWriter
{
    private readonly Queue<Piece> _pieces = new();
    private IMemoryOwner<byte>? _block;
    private int _blockEnd;
    private long _sentBytes;
    private bool _isClosed;
    private volatile bool _isSending;

    /// <summary>How much the system has taken in all.</summary>
    public long SentBytes => Volatile.Read(ref _sentBytes);

    /// <summary>Whether the client is waited for, since the system takes no more.</summary>
    public bool IsSending => _isSending;

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _blockEnd + _pieces.Sum(piece => (long)piece.Bytes.Length);

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_block is not null && _block.Memory.Length - _blockEnd >= Math.Max(sizeHint, 1))
            return _block.Memory[_blockEnd..];
        EndBlock();
        _block = sizeHint <= pool.MaxBufferSize ? pool.Rent() : MemoryPool<byte>.Shared.Rent(sizeHint);
        return _block.Memory;
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes) => _blockEnd += bytes;

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        EndBlock();
        if (_isClosed)
            Drop();
        return _pieces.Count == 0 ? new ValueTask<FlushResult>(new FlushResult(isCanceled: false, _isClosed)) : SendAsync(cancellationToken);
    }

    /// <summary>Nothing to do: a caller that gives a flush up aborts the connection, which ends it.</summary>
    public override void CancelPendingFlush()
    {
    }

    public override void Complete(Exception? exception = null)
    {
        _isClosed = true;
        EndBlock();
        Drop();
    }

    /// <summary>What was written since the last piece becomes one. Its memory goes back to the pool when it is sent.</summary>
    private void EndBlock()
    {
        if (_block is null)
            return;
        if (_blockEnd > 0)
            _pieces.Enqueue(new Piece(_block.Memory[.._blockEnd], _block));
        else
            _block.Dispose();
        _block = null;
        _blockEnd = 0;
    }

    private async ValueTask<FlushResult> SendAsync(CancellationToken cancellationToken)
    {
        _isSending = true;
        try
        {
            while (_pieces.TryPeek(out Piece piece))
            {
                await SendBytesAsync(piece.Bytes, _pieces.Count > 1, cancellationToken);
                Volatile.Write(ref _sentBytes, _sentBytes + piece.Bytes.Length);
                _pieces.Dequeue().Owner.Dispose();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
        {
            // The client is gone; nothing more can be sent.
            _isClosed = true;
        }
        finally
        {
            _isSending = false;
            Drop();
        }

        return new FlushResult(isCanceled: false, _isClosed);
    }

    private ValueTask SendBytesAsync(ReadOnlyMemory<byte> bytes, bool moreFollows, CancellationToken cancellationToken)
    {
        if (moreFollows && SocketCalls.AreThere)
            bytes = bytes[SocketCalls.SendSome(socket.SafeHandle, bytes.Span)..];
        if (bytes.IsEmpty)
            return ValueTask.CompletedTask;
        ValueTask<int> sending = socket.SendAsync(bytes, SocketFlags.None, cancellationToken);
        return sending.IsCompletedSuccessfully ? ValueTask.CompletedTask : new ValueTask(sending.AsTask());
    }

    private void Drop()
    {
        while (_pieces.TryDequeue(out Piece piece))
            piece.Owner.Dispose();
    }

    /// <summary>A part of what is to be sent, and the block that it lies in.</summary>
    private readonly record struct Piece(ReadOnlyMemory<byte> Bytes, IMemoryOwner<byte> Owner);
}
