using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Shacache.Core;

namespace Shacache.Transport;

/// <summary>Counts connections and, by themselves, requests over HTTP/2, of which one connection carries many at once. Beyond a number, the same for both, further ones are refused.</summary>
/// <remarks>By themselves, so that a few connections full of requests keep no other client from connecting.</remarks>
[SuppressMessage("Design", "CA1001", Justification = "The source of cancellation has neither a timer nor a handle, so there is nothing to dispose of.")]
public sealed class ConnectionLimit(ILogger<ConnectionLimit> logger, IOptions<KestrelServerOptions> server)
{
    private readonly CancellationTokenSource _stopping = new();
    private int _max = int.MaxValue;
    private int _connections;
    private int _streams;
    private long _refusedConnections;
    private long _refusedStreams;

    /// <summary>How many there may be; what is there already stays.</summary>
    public int Max
    {
        get => Volatile.Read(ref _max);
        set => Volatile.Write(ref _max, value);
    }

    /// <summary>Connections that are open.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Requests over HTTP/2 whose answer was not taken yet.</summary>
    public int Streams => Volatile.Read(ref _streams);

    /// <summary>Connections that were closed at once, since the start: there were too many, or no descriptor was left.</summary>
    public long RefusedConnections => Interlocked.Read(ref _refusedConnections);

    /// <summary>Requests over HTTP/2 that were refused since the start, as there were too many.</summary>
    public long RefusedStreams => Interlocked.Read(ref _refusedStreams);

    /// <summary>Cancelled when no more connections are taken, as the server ends.</summary>
    internal CancellationToken Stopping => _stopping.Token;

    /// <summary>The lower of the web server's minimum rates; 0 for none.</summary>
    internal double MinBytesPerSecond => server.Value.Limits is { MinRequestBodyDataRate: { } upload, MinResponseDataRate: { } download }
        ? Math.Min(upload.BytesPerSecond, download.BytesPerSecond)
        : 0;

    /// <summary>Counts a connection, unless there are as many as there may be, or it got one of the last descriptors.</summary>
    internal bool TryEnter(nint descriptor)
    {
        if (!Descriptors.MayKeep(descriptor))
        {
            Interlocked.Increment(ref _refusedConnections);
            Log.NoDescriptorLeft(logger);
            return false;
        }

        if (Interlocked.Increment(ref _connections) <= Max)
            return true;
        Leave();
        Interlocked.Increment(ref _refusedConnections);
        Log.TooManyConnections(logger, Max);
        return false;
    }

    internal void Stop() => _stopping.Cancel();

    internal void Leave() => Interlocked.Decrement(ref _connections);

    /// <summary>Counts a request over HTTP/2, unless there are as many as there may be.</summary>
    public bool TryEnterStream()
    {
        if (Interlocked.Increment(ref _streams) <= Max)
            return true;
        LeaveStream();
        Interlocked.Increment(ref _refusedStreams);
        Log.TooManyStreams(logger, Max);
        return false;
    }

    /// <summary>Counts one that has ended.</summary>
    public void LeaveStream() => Interlocked.Decrement(ref _streams);
}

/// <summary>What is refused. Event ids: 4004 to 4006, among those of the requests (Shacache.Http).</summary>
internal static partial class Log
{
    [LoggerMessage(4004, LogLevel.Warning, "A connection was refused: there are {Max} already (max-connections)")]
    public static partial void TooManyConnections(ILogger logger, int max);

    [LoggerMessage(4005, LogLevel.Warning, "A connection was refused: the process has as many files and connections open as it may have (ulimit -n, LimitNOFILE=)")]
    public static partial void NoDescriptorLeft(ILogger logger);

    [LoggerMessage(4006, LogLevel.Warning, "A request over HTTP/2 was refused: there are {Max} at once already (max-connections)")]
    public static partial void TooManyStreams(ILogger logger, int max);
}
