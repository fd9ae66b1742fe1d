using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Shacache.Posix;

namespace Shacache.Transport;

/// <summary>An accepted connection.</summary>
internal sealed class SocketConnection : ConnectionContext,
    IDuplexPipe, IConnectionIdFeature, IConnectionItemsFeature, IConnectionTransportFeature, IConnectionLifetimeFeature, IConnectionEndPointFeature,
    IConnectionSocketFeature, IMemoryPoolFeature, IClientConnection
{
    /// <summary>How long a client may go on sending what is not read, after it was answered.</summary>
    private static readonly TimeSpan LingerTime = TimeSpan.FromSeconds(2);

    /// <summary>How much of it is taken.</summary>
    private const long MaxLingerBytes = 16L << 20;

    /// <summary>How long a connection that is slower than the minimum rate may keep a server from ending.</summary>
    private static readonly TimeSpan MaxStillness = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LookPeriod = TimeSpan.FromSeconds(1);

    /// <summary>How many connections may do so at once: Kestrel no longer counts them among its connections, and each holds a descriptor and a block.</summary>
    private const int MaxLingering = 128;

    /// <summary>Periods of grace in which a client must take what the minimum rate makes of one: a buffer that is full makes room in lumps.</summary>
    private const int PeriodsOfGrace = 3;

    // Not from one in each process: identifiers in logs are to stay different.
    private static long _lastId = Stopwatch.GetTimestamp();
    private static int _lingering;

    private readonly SocketReader _reader;
    private readonly ConnectionLimit? _limit;
    private readonly SocketWriter _writer;
    private readonly CancellationTokenSource _closed = new();
    private readonly Lock _gate = new();

    // While nothing is read nor sent, the system has no reference to the connection, and Kestrel has only weak ones.
    private GCHandle _root;
    private IDictionary<object, object?>? _items;
    private int _isClosed;
    private bool _isEnding;
    private bool _isInputEnded;
    private bool _mayBeSending;
    private volatile bool _isDisposed;
    private readonly CancellationTokenRegistration _stopping;
    private volatile bool _isAborted;
    private Progress _taking;

    public SocketConnection(Socket socket, MemoryPool<byte> pool, ConnectionLimit? limit = null)
    {
        _limit = limit;
        Socket = socket;
        MemoryPool = pool;
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        ConnectionClosed = _closed.Token;
        _reader = new SocketReader(socket, pool, Closed);
        Output = _writer = new SocketWriter(socket, pool);
        Transport = this;
        var features = new FeatureCollection(16);
        features.Set<IConnectionIdFeature>(this);
        features.Set<IConnectionItemsFeature>(this);
        features.Set<IConnectionTransportFeature>(this);
        features.Set<IConnectionLifetimeFeature>(this);
        features.Set<IConnectionEndPointFeature>(this);
        features.Set<IConnectionSocketFeature>(this);
        features.Set<IMemoryPoolFeature>(this);
        features.Set<IClientConnection>(this);
        Features = features;
        _root = GCHandle.Alloc(this);
        _stopping = limit?.Stopping.UnsafeRegister(static connection => _ = ((SocketConnection)connection!).EndWhenStillAsync(), this) ?? default;
    }

    public Socket Socket { get; }

    public MemoryPool<byte> MemoryPool { get; }

    public PipeReader Input => _reader;

    public PipeWriter Output { get; }

    /// <summary>The minimum rates; null for none.</summary>
    public KestrelServerLimits? Limits { get; set; }

    public override string ConnectionId
    {
        get => field ??= Interlocked.Increment(ref _lastId).ToString("x16", CultureInfo.InvariantCulture);
        set;
    }

    public override IFeatureCollection Features { get; }

    public override IDictionary<object, object?> Items
    {
        get => _items ??= new ConnectionItems();
        set => _items = value;
    }

    public override IDuplexPipe Transport { get; set; }

    public override CancellationToken ConnectionClosed { get; set; }

    public override EndPoint? LocalEndPoint { get; set; }

    public override EndPoint? RemoteEndPoint { get; set; }

    private long MovedBytes => _reader.ReceivedBytes + _writer.SentBytes;

    object? IClientConnection.Exchange { get; set; }

    bool IClientConnection.IsSending => _writer.IsSending;

    void IClientConnection.End()
    {
        _isInputEnded = true;
        _mayBeSending = true;
        _reader.End();
    }

    void IClientConnection.Linger() => _mayBeSending = true;

    /// <summary>Looks at the connection, about once a second.</summary>
    /// <param name="mayBeUnread">Whether the client may have sent something that is not read yet. TLS says farewell; over HTTP it may be a body.</param>
    public void Look(bool mayBeUnread)
    {
        LookForHangUp(mayBeUnread);
        LookAtTaking();
    }

    /// <summary>Cuts the connection when the server is to end and less came and went on it for ten seconds than the minimum rate makes of them, or nothing.</summary>
    /// <remarks>By a timer of its own: the web server's no longer runs then.</remarks>
    private async Task EndWhenStillAsync()
    {
        using var timer = new PeriodicTimer(LookPeriod);
        double neededBytes = Math.Max(1, _limit!.MinBytesPerSecond * MaxStillness.TotalSeconds);
        (long moved, long movedAt) = (MovedBytes, Stopwatch.GetTimestamp());
        while (!_isAborted && !_isDisposed && await timer.WaitForNextTickAsync())
        {
            if (MovedBytes - moved >= neededBytes)
                (moved, movedAt) = (MovedBytes, Stopwatch.GetTimestamp());
            else if (Stopwatch.GetElapsedTime(movedAt) >= MaxStillness && !_isDisposed)
                Abort(new ConnectionAbortedException("The server ends, and next to nothing came or went on the connection."));
        }
    }

    /// <summary>Cuts the connection when the client takes its answer too slowly.</summary>
    /// <remarks>By what it has acknowledged. The web server measures what the system took from it, which is nothing for long while its buffers are full, and then much.</remarks>
    private void LookAtTaking()
    {
        MinDataRate? rate = Limits?.MinResponseDataRate;
        if (rate is null || !_writer.IsSending)
            _taking = default;
        else if (!_taking.IsEnough(FindTakenBytes(), PeriodsOfGrace * rate.GracePeriod, rate))
            Abort(new ConnectionAbortedException("The client takes its answer too slowly."));
    }

    private long FindTakenBytes()
    {
        // .NET resets a connection that is closed while another thread uses its socket.
        lock (_gate)
            return (_isEnding ? null : SocketCalls.FindAcknowledgedBytes(Socket)) ?? _writer.SentBytes;
    }

    /// <summary>Notices a client that has hung up while its answer is worked on, and nothing is read from it nor sent to it.</summary>
    private void LookForHangUp(bool mayBeUnread)
    {
        if (_reader.IsReceiving || !SocketCalls.AreThere)
            return;

        // .NET resets a connection that is closed while another thread uses its socket, and the client would lose its answer.
        lock (_gate)
        {
            if (_isEnding || !SocketCalls.IsHungUp(Socket.Handle, mayBeUnread))
                return;
        }

        Closed();
    }

    /// <summary>Cuts the connection: what is under way fails, and the client gets a reset, so that it cannot take a part for the whole.</summary>
    public override void Abort(ConnectionAbortedException abortReason)
    {
        // The web server takes an end in the middle of a body for the client's and cuts the connection. Where the end was made here, the answer is out, and stays whole.
        if (_isInputEnded)
        {
            _isInputEnded = false;
            Closed();
            return;
        }

        _isAborted = true;
        EndLooking();
        Socket.Close(0);
        Closed();
    }

    public override async ValueTask DisposeAsync()
    {
        _isDisposed = true;
        _stopping.Unregister();
        await Input.CompleteAsync();
        await Output.CompleteAsync();
        if (!_isAborted)
            await LingerAsync();
        EndLooking();
        Socket.Dispose();
        await base.DisposeAsync();
        if (!_root.IsAllocated)
            return;
        _root.Free();
        _limit?.Leave();
    }

    private void EndLooking()
    {
        lock (_gate)
            _isEnding = true;
    }

    /// <summary>Tells the request that the client has gone, on another thread: it must not delay the one that notices.</summary>
    private void Closed()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) == 0)
            ThreadPool.UnsafeQueueUserWorkItem(static closed => Cancel(closed), _closed, preferLocal: false);
    }

    private static void Cancel(CancellationTokenSource closed)
    {
        try
        {
            closed.Cancel();
        }
        catch (AggregateException)
        {
            // A callback failed. That is no reason to end the process.
        }
    }

    /// <summary>Takes what the client still sends: closing before would reset the connection, and the client could lose its answer.</summary>
    private async ValueTask LingerAsync()
    {
        try
        {
            if (Interlocked.Increment(ref _lingering) > MaxLingering || (!_mayBeSending && Socket.Available == 0))
                return;
            Socket.Shutdown(SocketShutdown.Send);
            using var timeout = new CancellationTokenSource(LingerTime);
            using IMemoryOwner<byte> waste = MemoryPool.Rent();
            int received;
            for (long taken = 0; taken < MaxLingerBytes && (received = await Socket.ReceiveAsync(waste.Memory, timeout.Token)) > 0;)
                taken += received;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // It has its answer, or does not want it.
        }
        finally
        {
            Interlocked.Decrement(ref _lingering);
        }
    }

    /// <summary>Whether enough goes on, looked at from time to time.</summary>
    private struct Progress
    {
        private long _bytes;
        private long _since;

        /// <returns>False when what the rate makes of its period of grace, or a byte without a rate, has not come within the time.</returns>
        public bool IsEnough(long bytes, TimeSpan time, MinDataRate? rate)
        {
            double needed = rate is null ? 1 : Math.Max(1, rate.BytesPerSecond * rate.GracePeriod.TotalSeconds);
            if (_since != 0 && bytes - _bytes < needed)
                return Stopwatch.GetElapsedTime(_since) < time;
            (_bytes, _since) = (bytes, Stopwatch.GetTimestamp());
            return true;
        }
    }
}
