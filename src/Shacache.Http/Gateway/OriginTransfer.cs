namespace Shacache.Http.Gateway;

/// <summary>One file on its way from an origin, and everybody who waits for it.</summary>
/// <remarks>
/// The transfer runs at the origin's pace and belongs to none of the clients: each follows it through the spool file at its own, with
/// one buffer. A slow client holds nobody up, and one that hangs up breaks nothing. The last byte of a file of known length is held
/// back until the file is stored: whoever has it whole can rely on that.
/// </remarks>
internal sealed class OriginTransfer
{
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource<TransferAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _progress = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private SpoolFile? _spool;
    private long _availableBytes;
    private long? _lengthBytes;
    private int _users = 1;
    private bool _isWhole;
    private bool _hasEnded;
    private Exception? _failure;

    /// <summary>How the origin answered. Never faulted.</summary>
    public Task<TransferAnswer> Answer => _answer.Task;

    /// <summary>Takes part; to be ended by <see cref="Leave"/>.</summary>
    /// <returns>False when the transfer is over and its file gone.</returns>
    public bool TryJoin()
    {
        lock (_gate)
        {
            if (_users == 0)
                return false;
            _users++;
            return true;
        }
    }

    /// <summary>The last one drops the spool file.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            if (--_users == 0)
                _spool?.Dispose();
        }
    }

    /// <summary>Announces the file: from now on it can be followed.</summary>
    public void Begin(SpoolFile spool, TransferAnswer.Coming answer)
    {
        _spool = spool;
        _lengthBytes = answer.LengthBytes;
        _answer.TrySetResult(answer);
    }

    /// <summary>Announces that no file comes; does nothing when one does.</summary>
    public void EndWithout(TransferAnswer answer) => _answer.TrySetResult(answer);

    /// <summary>Makes bytes available to those who follow.</summary>
    public async ValueTask PassOnAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (bytes.IsEmpty)
            return;
        await _spool!.WriteAsync(bytes, _availableBytes, cancellationToken);
        Signal(() => _availableBytes += bytes.Length);
    }

    /// <summary>Every byte came from the origin. Even when it cannot be stored, those who follow get it.</summary>
    public void NoteWhole() => Signal(() => _isWhole = true);

    /// <summary>The file is whole and stored; or, with a failure, what came of it must not look whole.</summary>
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
                long shownBytes = _hasEnded || _lengthBytes is not { } length ? _availableBytes : Math.Min(_availableBytes, length - 1);
                if (shownBytes > offset)
                    return shownBytes;
                if (_failure is not null && !_isWhole)
                    throw new TransferBrokenException(_failure);
                if (_hasEnded)
                    return offset;
                progress = _progress.Task;
            }

            await progress.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Waits until the transfer has ended.</summary>
    /// <returns>Whether the file is whole.</returns>
    public async Task<bool> WaitForEndAsync(CancellationToken cancellationToken)
    {
        try
        {
            long offset = 0;
            for (long beyond; (beyond = await WaitBeyondAsync(offset, cancellationToken)) > offset;)
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

    private void Signal(Action change)
    {
        TaskCompletionSource waiting;
        lock (_gate)
        {
            change();
            waiting = _progress;
            _progress = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        waiting.SetResult();
    }
}
