using Shacache.Client.Transfers;

namespace Shacache.Client.Downloads;

/// <summary>Cuts the cache off when it is too slow to be of use: to begin with, and later when what comes is next to nothing.</summary>
internal sealed class CacheClock : IProgress<TransferProgress>, IDisposable
{
    /// <summary>So much must come within each window: a server that sends single bytes is as good as one that hangs.</summary>
    private const long PieceBytes = 64 * 1024;

    private readonly TimeSpan _window;
    private readonly IProgress<TransferProgress>? _progress;
    private readonly CancellationTokenSource _source;
    private readonly CancellationTokenRegistration _outer;
    private readonly CancellationToken _cancellation;
    private long _nextBytes;

    /// <param name="timeProvider">The clock.</param>
    /// <param name="firstByte">How long the first byte may take from now on.</param>
    /// <param name="window">How long each further piece may take.</param>
    /// <param name="progress">Told what this is told.</param>
    /// <param name="cancellationToken">The caller's.</param>
    public CacheClock(
        TimeProvider timeProvider, TimeSpan firstByte, TimeSpan window, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        _window = window;
        _progress = progress;
        _cancellation = cancellationToken;
        _source = new CancellationTokenSource(firstByte > TimeSpan.Zero ? firstByte : TimeSpan.Zero, timeProvider);
        _outer = cancellationToken.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), _source);
    }

    public CancellationToken Token => _source.Token;

    /// <summary>Whether a byte of content has come.</summary>
    public bool HasReceived { get; private set; }

    /// <summary>Whether it was this clock that cut the cache off, and not the caller.</summary>
    public bool HasRunOut => _source.IsCancellationRequested && !_cancellation.IsCancellationRequested;

    public void Report(TransferProgress value)
    {
        HasReceived = true;
        if (value.DoneBytes >= _nextBytes)
        {
            _nextBytes = value.DoneBytes + PieceBytes;
            _source.CancelAfter(_window);
        }

        _progress?.Report(value);
    }

    public void Dispose()
    {
        _outer.Dispose();
        _source.Dispose();
    }
}
