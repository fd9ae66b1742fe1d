using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;

namespace Shacache.Transport;

/// <summary>Reads a connection's requests straight from its socket, when they are asked for.</summary>
/// <remarks>
/// A request is waited for with little memory, as most connections wait most of the time and most requests are short. Once bytes come in
/// lumps, as bodies do, they are received in blocks of the pool. No more is held than was asked for but not consumed, and one block.
/// </remarks>
/// <param name="socket">The socket.</param>
/// <param name="pool">Where blocks come from.</param>
/// <param name="closed">Called when the client has closed or reset the connection; must not wait.</param>
[SuppressMessage("Design", "CA1001", Justification = "The source of cancellation has neither a timer nor a handle, so there is nothing to dispose of.")]
internal sealed class SocketReader(Socket socket, MemoryPool<byte> pool, Action closed) : PipeReader
{
    /// <summary>What a connection holds while it waits for a request.</summary>
    private const int WaitingBytes = 4096;

    /// <summary>Less room than this at the end of a segment is not worth a call of the system.</summary>
    private const int MinRoomBytes = 1024;

    private readonly Lock _gate = new();
    private ReceivedSegment? _spare;
    private ReceivedSegment? _first;
    private ReceivedSegment? _last;
    private int _firstIndex;
    private bool _isExamined = true;
    private bool _comesInLumps;
    private volatile bool _isCompleted;
    private long _receivedBytes;
    private volatile bool _isCancelled;
    private CancellationTokenSource? _cancellation;
    private volatile bool _isReceiving;

    /// <summary>Whether a read is under way, which will see how the connection ends.</summary>
    public bool IsReceiving => _isReceiving;

    /// <summary>How much has come in all.</summary>
    public long ReceivedBytes => Volatile.Read(ref _receivedBytes);

    private bool HasRoom => _last?.Room.Length >= MinRoomBytes;

    public override bool TryRead(out ReadResult result)
    {
        bool isCancelled = TakeCancellation();
        result = Result(isCancelled);
        return isCancelled || _isCompleted || !_isExamined;
    }

    /// <exception cref="ConnectionResetException">The client has cut the connection.</exception>
    /// <exception cref="ConnectionAbortedException">The server has.</exception>
    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
        TryRead(out ReadResult result) ? new ValueTask<ReadResult>(result) : ReceiveAsync(cancellationToken);

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (_last is null)
            return;
        _isExamined = examined.GetObject() == _last && examined.GetInteger() == _last.LengthBytes;
        var until = (ReceivedSegment)consumed.GetObject()!;
        while (_first != until)
            _first = Release(_first!);
        _firstIndex = consumed.GetInteger();
        if (until == _last && _firstIndex == until.LengthBytes)
        {
            Release(until);
            _first = _last = null;
            _firstIndex = 0;
        }
    }

    /// <summary>Reads nothing more: for the reader the connection is at its end.</summary>
    public void End()
    {
        _isCompleted = true;
        CancelReceive();
    }

    public override void CancelPendingRead()
    {
        _isCancelled = true;
        CancelReceive();
    }

    public override void Complete(Exception? exception = null)
    {
        // Memory that the system may still write to is not given to others.
        while (_first is not null && !_isReceiving)
            _first = Release(_first);
        _first = _last = null;
        _firstIndex = 0;
        _isCompleted = true;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> ReceiveAsync(CancellationToken cancellationToken)
    {
        CancellationToken cancellation = WatchCancellation();
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(static reader => ((SocketReader)reader!).CancelReceive(), this);
        ReceivedSegment? segment = null;
        int received = 0;
        _isReceiving = true;
        try
        {
            // After a body a client may wait as long as it likes with its next request: no block is held for that.
            if (_comesInLumps && !HasRoom)
                await socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, cancellation);
            segment = Room();
            received = await socket.ReceiveAsync(segment.Room, SocketFlags.None, cancellation);
            Add(segment, received);
        }
        catch (OperationCanceledException)
        {
            cancellationToken.ThrowIfCancellationRequested();
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            closed();
            throw new ConnectionResetException(e.Message, e);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            if (e is SocketException { SocketErrorCode: not SocketError.OperationAborted })
                closed();
            throw new ConnectionAbortedException("The connection was cut.", e);
        }
        finally
        {
            _isReceiving = false;
            if (received == 0 && segment is not null && segment != _last)
                Release(segment);
        }

        return Result(TakeCancellation());
    }

    /// <summary>Where the next bytes go: after the last ones, or into memory of their own.</summary>
    private ReceivedSegment Room()
    {
        if (HasRoom)
            return _last!;
        if (_comesInLumps)
            return new ReceivedSegment(pool.Rent());
        ReceivedSegment segment = _spare ?? new ReceivedSegment(WaitingBytes);
        _spare = null;
        return segment;
    }

    private void Add(ReceivedSegment segment, int received)
    {
        _comesInLumps = received >= WaitingBytes || (_comesInLumps && received == segment.Room.Length);
        if (received == 0)
        {
            _isCompleted = true;
            closed();
            return;
        }

        Volatile.Write(ref _receivedBytes, _receivedBytes + received);
        segment.Add(received);
        _isExamined = false;
        if (segment == _last)
            return;
        _last?.Append(segment);
        _first ??= segment;
        _last = segment;
    }

    /// <summary>Gives a segment's memory back.</summary>
    /// <returns>The next one.</returns>
    private ReceivedSegment? Release(ReceivedSegment segment)
    {
        var next = (ReceivedSegment?)segment.Next;
        if (segment.TryReuse())
            _spare = segment;
        return next;
    }

    private ReadResult Result(bool isCancelled) => new(
        _first is null ? default : new ReadOnlySequence<byte>(_first, _firstIndex, _last!, _last!.LengthBytes), isCancelled, _isCompleted);

    private void CancelReceive()
    {
        CancellationTokenSource? cancellation;
        lock (_gate)
            cancellation = _cancellation;
        cancellation?.Cancel();
    }

    private CancellationToken WatchCancellation()
    {
        lock (_gate)
        {
            if (_cancellation is null or { IsCancellationRequested: true })
                _cancellation = new CancellationTokenSource();
            if (_isCancelled)
                _cancellation.Cancel();
            return _cancellation.Token;
        }
    }

    private bool TakeCancellation()
    {
        if (!_isCancelled)
            return false;
        _isCancelled = false;
        return true;
    }
}

/// <summary>Bytes that <see cref="SocketReader"/> has received, and room for more after them.</summary>
internal sealed class ReceivedSegment : ReadOnlySequenceSegment<byte>
{
    private readonly IMemoryOwner<byte>? _block;
    private readonly Memory<byte> _bytes;

    /// <summary>In a block of a pool.</summary>
    public ReceivedSegment(IMemoryOwner<byte> block)
    {
        _block = block;
        _bytes = block.Memory;
    }

    /// <summary>In memory of its own.</summary>
    public ReceivedSegment(int roomBytes) => _bytes = GC.AllocateUninitializedArray<byte>(roomBytes);

    /// <summary>How much was received.</summary>
    public int LengthBytes { get; private set; }

    /// <summary>Where more can be received.</summary>
    public Memory<byte> Room => _bytes[LengthBytes..];

    /// <summary>Counts bytes that were received into <see cref="Room"/>.</summary>
    public void Add(int received)
    {
        LengthBytes += received;
        Memory = _bytes[..LengthBytes];
    }

    /// <summary>Makes another segment the next one.</summary>
    public void Append(ReceivedSegment next)
    {
        next.RunningIndex = RunningIndex + LengthBytes;
        Next = next;
    }

    /// <summary>Ends the use of what was received.</summary>
    /// <returns>Whether there is memory of its own, empty again; a block has gone back to its pool.</returns>
    public bool TryReuse()
    {
        _block?.Dispose();
        LengthBytes = 0;
        Memory = default;
        Next = null;
        RunningIndex = 0;
        return _block is null;
    }
}
