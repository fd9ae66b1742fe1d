using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Shacache.Posix;

namespace Shacache.Transport;

/// <summary>Sends a connection's answers straight through its socket, in the order they were written.</summary>
/// <remarks>
/// A flush is a call of the system, mostly one that is done at once; it ends when the socket has taken everything, so that a slow client is waited for,
/// and a data rate is measured. Bytes of files that were offered (<see cref="IFileBody"/>) are sent by the system.
/// </remarks>
internal sealed class SocketWriter(Socket socket, MemoryPool<byte> pool) : PipeWriter, IFileBody
{
    /// <summary>What is read of a file and sent as memory while the socket is full: how the socket's next readiness is waited for.</summary>
    private const int WaitingReadBytes = 16 * 1024;

    private readonly Queue<Piece> _pieces = new();
    private IMemoryOwner<byte>? _block;
    private int _blockEnd;
    private FileMapping? _offer;
    private long _sentBytes;
    private bool _isClosed;
    private bool? _sendsFiles;
    private volatile bool _isSending;

    /// <summary>How much the system has taken in all.</summary>
    public long SentBytes => Volatile.Read(ref _sentBytes);

    /// <summary>Whether the client is waited for, since the system takes no more.</summary>
    public bool IsSending => _isSending;

    public bool IsCutShort { get; private set; }

    public override bool CanGetUnflushedBytes => true;

    public override long UnflushedBytes => _blockEnd + _pieces.Sum(piece => (long)piece.Bytes.Length);

    public void Offer(SafeFileHandle file, long offset, int lengthBytes)
    {
        DropOffer();
        if (_sendsFiles ??= SocketCalls.AreThere && SocketCalls.IsNonBlocking(socket.SafeHandle))
            _offer = FileMapping.TryMap(file, offset, lengthBytes);
    }

    public bool Holds(Memory<byte> memory)
    {
        // Memory that is the response's was handed out below, and the offer taken.
        bool isTaken = _offer is null && _block is FileMapping mapping && _blockEnd == 0 && mapping.Claim(memory);
        DropOffer();
        return isTaken;
    }

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        if (_offer is { } offer && sizeHint <= offer.Memory.Length)
        {
            EndBlock();
            (_block, _offer) = (offer, null);
        }

        if (_block is not null && _block.Memory.Length - _blockEnd >= Math.Max(sizeHint, 1))
            return _block.Memory[_blockEnd..];
        EndBlock();
        _block = sizeHint <= pool.MaxBufferSize ? pool.Rent() : MemoryPool<byte>.Shared.Rent(sizeHint);
        return _block.Memory;
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override void Advance(int bytes)
    {
        _blockEnd += bytes;

        // Nothing else may be written to what is sent by its file.
        if (_block is FileMapping { IsUnchanged: true })
            EndBlock();
    }

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
        DropOffer();
        EndBlock();
        Drop();
    }

    private void DropOffer()
    {
        (_offer as IDisposable)?.Dispose();
        _offer = null;
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
                if (piece.Owner is FileMapping { IsUnchanged: true } mapping)
                {
                    await SendFileAsync(mapping.File, mapping.Offset, piece.Bytes.Length, cancellationToken);
                }
                else
                {
                    await SendBytesAsync(piece.Bytes, _pieces.Count > 1, cancellationToken);
                    Sent(piece.Bytes.Length);
                }

                _pieces.Dequeue().Owner.Dispose();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or IOException)
        {
            // The client is gone, or the file is not what it was; nothing more can be sent in order.
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

    private async ValueTask SendFileAsync(SafeFileHandle file, long offset, int lengthBytes, CancellationToken cancellationToken)
    {
        for (long end = offset + lengthBytes; offset < end;)
        {
            nint sent = SocketCalls.SendFile(socket.SafeHandle, file, ref offset, (nint)(end - offset));
            if (sent > 0)
            {
                Sent(sent);
                continue;
            }

            int error = sent == 0 ? 0 : Marshal.GetLastPInvokeError();
            if (error == PosixError.Interrupted)
                continue;
            using IMemoryOwner<byte> block = pool.Rent();
            Memory<byte> waiting = block.Memory[..(int)Math.Min(WaitingReadBytes, end - offset)];

            // Full, or something that sendfile cannot do: these bytes wait for room, or report what is wrong.
            int read = 0;
            try
            {
                read = RandomAccess.Read(file, waiting.Span, offset);
            }
            finally
            {
                IsCutShort = read == 0;
            }

            if (read == 0)
                throw new EndOfStreamException();

            await socket.SendAsync(waiting[..read], SocketFlags.None, cancellationToken);
            offset += read;
            Sent(read);
        }
    }

    private void Sent(long bytes) => Volatile.Write(ref _sentBytes, _sentBytes + bytes);

    private void Drop()
    {
        while (_pieces.TryDequeue(out Piece piece))
            piece.Owner.Dispose();
    }

    /// <summary>A part of what is to be sent, and the block that it lies in.</summary>
    private readonly record struct Piece(ReadOnlyMemory<byte> Bytes, IMemoryOwner<byte> Owner);
}
