namespace Shacache.Core.Transfers;

/// <summary>One file on its way, and all requests that wait for it.</summary>
/// <remarks>
/// The transfer runs at its source's pace and belongs to none of the clients: each follows it through the spool file at its own, with
/// one buffer. A slow client holds no other up, and one that hangs up breaks nothing. The last piece of a file of known length is held
/// back until the transfer has ended well: a client that has it whole can rely on that.
/// </remarks>
/// <param name="heldBackBytes">Length of that last piece.</param>
/// <param name="time">Paces the news of what came.</param>
/// <param name="holdsBackAnyEnd">Whether as much is held back of a file whose length is not known, too.</param>
public abstract class RunningTransfer(long heldBackBytes, TimeProvider time, bool holdsBackAnyEnd = false)
{
    /// <summary>So often at most those who follow are woken: a fast source would wake them for every few KiB.</summary>
    private static readonly TimeSpan NewsInterval = TimeSpan.FromMilliseconds(4);

    private readonly Lock _gate = new();
    private TaskCompletionSource _progress = NewSignal();
    private TaskCompletionSource _joined = NewSignal();
    private ITimer? _news;
    private bool _newsAreComing;
    private SpoolFile? _spool;
    private long _availableBytes;
    private long? _lengthBytes;
    private int _users = 1;
    private bool _isWhole;
    private bool _isVerified;
    private bool _hasEnded;
    private Exception? _failure;

    /// <summary>Bytes that came so far.</summary>
    public long AvailableBytes => Interlocked.Read(ref _availableBytes);

    /// <summary>Whether any request takes part, beside the transfer itself.</summary>
    protected bool IsFollowed => Volatile.Read(ref _users) > 1;

    /// <summary>Takes part; to be ended by <see cref="Leave"/>.</summary>
    /// <returns>False when the transfer is over and its file gone.</returns>
    public bool TryJoin()
    {
        TaskCompletionSource joined;
        lock (_gate)
        {
            if (_users == 0)
                return false;
            _users++;
            joined = _joined;
        }

        joined.TrySetResult();
        return true;
    }

    /// <summary>The last one drops the spool file.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            _users--;
            if (_users == 1)
                _joined = NewSignal();
            if (_users > 0)
                return;
            _spool?.Dispose();
            _news?.Dispose();
        }
    }

    /// <summary>Waits as long as it makes no sense to read on. Throws to break the transfer off.</summary>
    public virtual ValueTask WaitUntilWantedAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Waits until a request takes part, beside the transfer itself.</summary>
    /// <returns>False when none came for a while.</returns>
    protected async ValueTask<bool> WaitForFollowerAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        Task joined;
        lock (_gate)
        {
            if (_users > 1)
                return true;
            joined = _joined.Task;
        }

        try
        {
            await joined.WaitAsync(patience, time, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Makes bytes available to those who follow. Not to be cancelled: the source has no second copy of them, and the next ones follow them.</summary>
    public async ValueTask PassOnAsync(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty)
            return;
        long offset = _availableBytes;
        await _spool!.WriteAsync(bytes, offset).ConfigureAwait(false);
        Interlocked.Exchange(ref _availableBytes, offset + bytes.Length);
        Announce(atOnce: offset == 0);
    }

    /// <summary>The source has no more bytes.</summary>
    public virtual void NoteSourceEnd()
    {
    }

    /// <summary>Every byte came and is right: nothing is held back any more.</summary>
    public void NoteVerified() => Signal(() => _isVerified = true);

    /// <summary>The transfer ended well; or, with a failure, what came of it must not look whole.</summary>
    public void End(Exception? failure) => Signal(() =>
    {
        _failure = failure;
        _hasEnded = true;
    });

    /// <summary>Waits until there are more bytes than <paramref name="offset"/>.</summary>
    /// <returns>How many there are; <paramref name="offset"/> itself when the file ends there, whole.</returns>
    /// <exception cref="TransferBrokenException">The rest will not come.</exception>
    public async ValueTask<long> WaitBeyondAsync(long offset, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task progress;
            lock (_gate)
            {
                bool showsAll = _isVerified || (_hasEnded && (_isWhole || _failure is null));
                long shownBytes = showsAll ? AvailableBytes : Math.Min(AvailableBytes, FindShownEnd());
                if (shownBytes > offset)
                    return shownBytes;
                if (_failure is not null && !showsAll)
                    throw new TransferBrokenException(_failure);
                if (_hasEnded)
                    return offset;
                progress = _progress.Task;
            }

            await progress.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until the transfer has ended.</summary>
    /// <returns>Whether the file is whole.</returns>
    public async Task<bool> WaitForEndAsync(CancellationToken cancellationToken)
    {
        try
        {
            long offset = 0;
            for (long beyond; (beyond = await WaitBeyondAsync(offset, cancellationToken).ConfigureAwait(false)) > offset;)
                offset = beyond;
            return true;
        }
        catch (TransferBrokenException)
        {
            return false;
        }
    }

    /// <summary>Reads bytes that are available. Only between <see cref="TryJoin"/> and <see cref="Leave"/>.</summary>
    public int Read(Span<byte> bytes, long offset) => _spool!.Read(bytes, offset);

    /// <summary>Announces the file: from now on it can be followed.</summary>
    protected void Begin(SpoolFile spool, long? lengthBytes)
    {
        _spool = spool;
        _lengthBytes = lengthBytes;
    }

    /// <summary>Every byte came: whatever fails now, those who follow get them all when the transfer has ended.</summary>
    protected void NoteWhole() => Signal(() => _isWhole = true);

    /// <summary>No follower is to have it whole, although every byte came.</summary>
    protected void Withhold() => Signal(() => _isWhole = false);

    /// <summary>Up to where bytes may be shown before the transfer has ended well.</summary>
    private long FindShownEnd() => _lengthBytes is { } length ? Math.Max(0, length - heldBackBytes)
        : holdsBackAnyEnd ? Math.Max(0, AvailableBytes - heldBackBytes)
        : long.MaxValue;

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Announce(bool atOnce)
    {
        if (!atOnce)
        {
            lock (_gate)
            {
                if (_newsAreComing || _users == 0)
                    return;
                _newsAreComing = true;
                _news ??= time.CreateTimer(static transfer => ((RunningTransfer)transfer!).Signal(static () => { }), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                _news.Change(NewsInterval, Timeout.InfiniteTimeSpan);
                return;
            }
        }

        Signal(static () => { });
    }

    private void Signal(Action change)
    {
        TaskCompletionSource waiting;
        lock (_gate)
        {
            change();
            _newsAreComing = false;
            waiting = _progress;
            _progress = NewSignal();
        }

        waiting.SetResult();
    }
}

/// <summary>A file stopped coming in its middle.</summary>
public sealed class TransferBrokenException(Exception inner) : Exception($"The transfer broke: {inner.Message}", inner);
