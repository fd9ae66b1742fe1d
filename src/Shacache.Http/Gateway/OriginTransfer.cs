using Shacache.Core.Transfers;
using Shacache.Http.Answers;
using Shacache.Http.Gateway.Origins;

namespace Shacache.Http.Gateway;

/// <summary>One file on its way from an origin. Unless an index says what it should be, it is whole when the origin says so.</summary>
/// <param name="time">Paces the news of what came.</param>
/// <param name="isPromised">Whether its end is held back until it is known to be right, of a length that was not told as well.</param>
internal sealed class OriginTransfer(TimeProvider time, bool isPromised = false)
    : RunningTransfer(isPromised ? PromisedEndBytes : 1, time, holdsBackAnyEnd: isPromised)
{
    /// <summary>So much of the end of a promised file waits for its hash: what is wrong and no longer is answered with the reason, not with a cut connection.</summary>
    private const int PromisedEndBytes = 64 * 1024;

    private readonly TaskCompletionSource<TransferAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly TaskCompletionSource<Exception?> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>What went wrong; null when the file is kept, or only passed on. Comes when all is done. Never faulted.</summary>
    public Task<Exception?> Outcome => _outcome.Task;

    /// <summary>Whether an index says what the file is.</summary>
    public bool IsPromised { get; } = isPromised;

    /// <summary>How the origin answered. Never faulted.</summary>
    public Task<TransferAnswer> Answer => _answer.Task;

    /// <summary>Announces the file: from now on it can be followed.</summary>
    public void Begin(SpoolFile spool, TransferAnswer.Coming answer)
    {
        Begin(spool, answer.LengthBytes);
        _answer.TrySetResult(answer);
    }

    /// <summary>Refuses the file to all who follow, although it came.</summary>
    public void Refuse(Problem problem)
    {
        Withhold();
        EndWithout(new TransferAnswer.Failed(problem, IsOriginDown: false));
    }

    /// <summary>Announces that all is done.</summary>
    public void NoteOutcome(Exception? failure) => _outcome.TrySetResult(failure);

    /// <summary>Announces that no file comes; does nothing when one does.</summary>
    public void EndWithout(TransferAnswer answer) => _answer.TrySetResult(answer);

    /// <summary>Every byte came from the origin. Even when it cannot be stored, those who follow get it.</summary>
    public override void NoteSourceEnd() => NoteWhole();
}

/// <summary>How an origin answered, as soon as that is known.</summary>
internal abstract record TransferAnswer
{
    private TransferAnswer()
    {
    }

    /// <summary>The file comes.</summary>
    /// <param name="Metadata">What the origin says about it.</param>
    /// <param name="LengthBytes">Its length; null when the origin did not say.</param>
    /// <param name="IsKept">Whether it will be there for the next client.</param>
    public sealed record Coming(OriginMetadata Metadata, long? LengthBytes, bool IsKept) : TransferAnswer
    {
        /// <summary>What the client is to be told about it (RFC 7234, 5.5); null for nothing.</summary>
        public string? Warning { get; init; }
    }

    /// <summary>The stored copy is what the origin has.</summary>
    public sealed record Stored : TransferAnswer;

    /// <summary>Nothing comes.</summary>
    /// <param name="Problem">Why.</param>
    /// <param name="IsOriginDown">Whether an older copy is better than nothing.</param>
    public sealed record Failed(Problem Problem, bool IsOriginDown) : TransferAnswer;
}
