using Shacache.Http.Transfers;

namespace Shacache.Http.Gateway;

/// <summary>One file on its way from an origin. Nobody knows what it should be: it is whole when the origin says so.</summary>
internal sealed class OriginTransfer(TimeProvider time) : RunningTransfer(heldBackBytes: 1, time)
{
    private readonly TaskCompletionSource<TransferAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>How the origin answered. Never faulted.</summary>
    public Task<TransferAnswer> Answer => _answer.Task;

    /// <summary>Announces the file: from now on it can be followed.</summary>
    public void Begin(SpoolFile spool, TransferAnswer.Coming answer)
    {
        Begin(spool, answer.LengthBytes);
        _answer.TrySetResult(answer);
    }

    /// <summary>Announces that no file comes; does nothing when one does.</summary>
    public void EndWithout(TransferAnswer answer) => _answer.TrySetResult(answer);

    /// <summary>Every byte came from the origin. Even when it cannot be stored, those who follow get it.</summary>
    public override void NoteSourceEnd() => NoteWhole();
}
