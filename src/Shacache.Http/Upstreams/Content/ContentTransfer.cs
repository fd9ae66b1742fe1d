using Shacache.Core.Transfers;
using Shacache.Http.Answers;

namespace Shacache.Http.Upstreams.Content;

/// <summary>One object on its way from the upstreams. Its last piece is shown once the digest is known to be right.</summary>
/// <param name="isPromised">Whether it is finished although no request follows it.</param>
/// <param name="abandonDelay">How long it waits for a follower when all have left.</param>
/// <param name="time">The clock.</param>
internal sealed class ContentTransfer(bool isPromised, TimeSpan abandonDelay, TimeProvider time) : RunningTransfer(HeldBackBytes, time)
{
    /// <summary>
    /// Length of the last piece. An object that is no longer shows nothing before it is verified, so that a bad copy of it does not
    /// even begin an answer, and another can be tried for the same request.
    /// </summary>
    public const int HeldBackBytes = 64 * 1024;

    /// <summary>So much is finished without followers, whatever came before: to throw away what came would cost as much.</summary>
    private const long SmallRestBytes = 1 << 20;

    private readonly TaskCompletionSource<ContentAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<ContentAnswer> _outcome = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long? _lengthBytes;

    /// <summary>How the upstreams answered. Never faulted.</summary>
    public Task<ContentAnswer> Answer => _answer.Task;

    /// <summary>How it ended. Never faulted.</summary>
    public Task<ContentAnswer> Outcome => _outcome.Task;

    /// <summary>Announces the object: from now on it can be followed.</summary>
    public void Begin(SpoolFile spool, ContentAnswer.Coming answer)
    {
        _lengthBytes = answer.LengthBytes;
        Begin(spool, answer.LengthBytes);
        _answer.TrySetResult(answer);
    }

    /// <summary>The end of it.</summary>
    public void End(ContentAnswer outcome, Exception? failure)
    {
        _outcome.TrySetResult(outcome);
        _answer.TrySetResult(outcome);
        End(failure);
    }

    /// <summary>A transfer without followers goes on if most of the object is here, else it pauses and then ends.</summary>
    /// <exception cref="AbandonedException">No request wants it.</exception>
    public override async ValueTask WaitUntilWantedAsync(CancellationToken cancellationToken)
    {
        if (isPromised || IsFollowed || _lengthBytes - AvailableBytes <= Math.Max(AvailableBytes, SmallRestBytes))
            return;
        if (!await WaitForFollowerAsync(abandonDelay, cancellationToken))
            throw new AbandonedException();
    }
}

/// <summary>What came of asking the upstreams for an object.</summary>
internal abstract record ContentAnswer
{
    private ContentAnswer()
    {
    }

    /// <summary>It comes.</summary>
    /// <param name="LengthBytes">Its length; null when the upstream did not say.</param>
    /// <param name="Upstream">The name of the upstream that sends it.</param>
    public sealed record Coming(long? LengthBytes, string Upstream) : ContentAnswer;

    /// <summary>It is stored.</summary>
    public sealed record Stored : ContentAnswer;

    /// <summary>No upstream has it.</summary>
    public sealed record Missing : ContentAnswer;

    /// <summary>No upstream that might have it can be asked, or what came is not what its name says.</summary>
    /// <param name="Problem">For the client.</param>
    /// <param name="TryAgain">Whether another transfer may go better at once.</param>
    public sealed record Failed(Problem Problem, bool TryAgain = false) : ContentAnswer;

    /// <summary>There is no room for it here: each client must be handed what comes as it comes.</summary>
    public sealed record NoRoom : ContentAnswer;
}

/// <summary>A transfer ended because its clients had left.</summary>
internal sealed class AbandonedException() : Exception("No request wanted the object any more.");
