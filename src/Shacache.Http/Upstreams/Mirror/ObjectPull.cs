using Microsoft.AspNetCore.Http;
using Shacache.Core.Blobs;
using Shacache.Core.Upstreams;
using Shacache.Http.Answers;
using Shacache.Http.Upstreams.Content;

namespace Shacache.Http.Upstreams.Mirror;

/// <summary>Makes this server have an object, by the same transfer that clients follow: one for all who want it, resumed, verified.</summary>
internal sealed class ObjectPull(IBlobStore blobs, ContentTransfers transfers, RequestPath path)
{
    /// <summary>So many transfers are waited for when each turns out bad: another upstream may have a good copy.</summary>
    private const int MaxAttempts = 4;

    private const string NoRoom = "The server has no room for the object.";
    private const string NotKept = "The object came, and could not be stored; the server's log says why.";

    public async Task<PulledObjectDocument> RunAsync(Digest digest, CancellationToken cancellationToken)
    {
        if (await FindLengthAsync(digest, cancellationToken) is { } lengthBytes)
            return new PulledObjectDocument(PullOutcome.Here, null, false, lengthBytes);
        Problem problem = UpstreamProblems.NobodyStays;
        for (int attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (transfers.Join(digest, path.Own, out bool isNew) is not { } transfer)
                return Failed(UpstreamProblems.Busy);
            ContentAnswer outcome;
            try
            {
                // It goes on as long as any request takes part; this one leaves when its client hangs up.
                outcome = await transfer.Outcome.WaitAsync(cancellationToken);
            }
            finally
            {
                transfer.Leave();
            }

            switch (outcome)
            {
                case ContentAnswer.Stored:
                    // A transfer that ended since the look may have stored it, and the one that began after it found it here.
                    return await FindLengthAsync(digest, cancellationToken) is { } storedBytes
                        ? new PulledObjectDocument(isNew && await transfer.Answer is ContentAnswer.Coming ? PullOutcome.Pulled : PullOutcome.Here, null, false, storedBytes)
                        : new PulledObjectDocument(PullOutcome.Failed, NotKept, false, 0);
                case ContentAnswer.Missing:
                    return new PulledObjectDocument(PullOutcome.Missing, UpstreamProblems.Missing(digest).Line, false, 0);
                case ContentAnswer.NoRoom:
                    return new PulledObjectDocument(PullOutcome.Failed, NoRoom, false, 0);
                case ContentAnswer.Failed { TryAgain: true, Problem: var bad }:
                    problem = bad;
                    break;
                default:
                    return Failed(((ContentAnswer.Failed)outcome).Problem, isCorrupt: ((ContentAnswer.Failed)outcome).Problem == UpstreamProblems.Corrupt(digest));
            }
        }

        return Failed(problem, isCorrupt: true);
    }

    /// <summary>A bad copy is a bad copy a moment later, too.</summary>
    private static PulledObjectDocument Failed(Problem problem, bool isCorrupt = false) => new(
        PullOutcome.Failed,
        problem.Line,
        !isCorrupt && problem.Status is StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable or StatusCodes.Status504GatewayTimeout,
        0);

    private async Task<long?> FindLengthAsync(Digest digest, CancellationToken cancellationToken)
    {
        await using IBlob? blob = await blobs.OpenAsync(digest, cancellationToken);
        try
        {
            if (blob is { IsVerified: false })
                await blob.EnsureVerifiedAsync(cancellationToken);
            return blob?.LengthBytes;
        }
        catch (BlobDamagedException)
        {
            return null;
        }
    }
}
