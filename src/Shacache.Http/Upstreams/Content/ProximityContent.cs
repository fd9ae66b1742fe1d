using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Shacache.Core.Blobs;
using Shacache.Core.Retention;
using Shacache.Core.Savings;
using Shacache.Core.Transfers;
using Shacache.Http.Answers;
using Shacache.Http.Content;
using Shacache.Http.Logging;

namespace Shacache.Http.Upstreams.Content;

/// <summary>Answers requests for objects that are not here from the upstreams, and keeps the objects.</summary>
internal sealed class ProximityContent(
    UpstreamSet upstreams, ContentTransfers transfers, IBlobStore blobs, BlockList blocks, RequestPath path, UpstreamMetrics metrics, ILogger<ProximityContent> logger)
    : IMissSource
{
    /// <summary>So many transfers one request takes part in, when each of them turns out bad.</summary>
    private const int MaxAttempts = 4;

    public bool HasSources => true;

    public CacheKind Cache => CacheKind.Proximity;

    /// <summary>Marks an answer from what is here.</summary>
    public void NoteHit(HttpContext context)
    {
        UpstreamHeaders.WriteHit(context.Response.Headers);
    }

    /// <summary>Counts bytes that need not be fetched.</summary>
    public void NoteSaved(long bytes) => metrics.NoteSaved(bytes);

    /// <summary>Answers a request for an object that is not here.</summary>
    public async ValueTask SendAsync(HttpContext context, Digest digest, bool withBody)
    {
        UpstreamHeaders.WriteMiss(context.Response.Headers);
        Note(context, CacheOutcome.Miss);
        if (blocks.Contains(digest))
            await ErrorResponse.WriteAsync(context, ContentProblems.Unknown(digest));
        else if (RequestPath.IsOnlyIfCached(context.Request))
            await ErrorResponse.WriteAsync(context, UpstreamProblems.OnlyCached(digest));
        else if (path.Extend(context.Request) is not { } via)
            await ErrorResponse.WriteAsync(context, ContentProblems.Unknown(digest));
        else if (transfers.IsKnownMissing(digest))
            await ErrorResponse.WriteAsync(context, UpstreamProblems.Missing(digest));
        else
            await (withBody ? FollowAsync(context, digest, via) : AskAsync(context, digest, via));
    }

    private async ValueTask FollowAsync(HttpContext context, Digest digest, string via)
    {
        for (int attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (transfers.Join(digest, via, out bool isNew) is not { } transfer)
            {
                await RefuseAsync(context, UpstreamProblems.Busy);
                return;
            }

            if (!isNew)
                Exchange.Of(context)?.IsCoalesced = true;
            try
            {
                if (await TryFollowAsync(context, digest, via, transfer, isNew))
                    return;
            }
            catch (TransferBrokenException e)
            {
                // What was sent so far must not look whole.
                Log.FollowerCut(logger, context.Request.Path, e.Message);
                context.Abort();
                return;
            }
            finally
            {
                transfer.Leave();
            }
        }

        await RefuseAsync(context, UpstreamProblems.NobodyStays);
    }

    /// <returns>False when nothing was sent, and another transfer may go better.</returns>
    private async ValueTask<bool> TryFollowAsync(HttpContext context, Digest digest, string via, ContentTransfer transfer, bool isNew)
    {
        ContentAnswer answer = await transfer.Answer.WaitAsync(context.RequestAborted);
        if (answer is ContentAnswer.Coming { LengthBytes: var lengthBytes, Upstream: var upstream })
        {
            if (await TryWaitForBeginningAsync(transfer, waitForEnd: lengthBytes is null, context.RequestAborted))
            {
                UpstreamHeaders.WriteMiss(context.Response.Headers, upstream);
                Note(context, CacheOutcome.Hit);
                long sent = await BlobDownload.SendAsync(
                    context, new IncomingBlob(transfer, digest, lengthBytes ?? transfer.AvailableBytes), withBody: true,
                    new Delivery(blobs.Uses, isNew ? DeliveryKind.Fetched : DeliveryKind.Joined));
                if (!isNew)
                    metrics.NoteSaved(sent);
                return true;
            }

            answer = await transfer.Outcome.WaitAsync(context.RequestAborted);
        }

        switch (answer)
        {
            case ContentAnswer.Stored:
                return await TrySendStoredAsync(context, digest);
            case ContentAnswer.Failed { TryAgain: true }:
                return false;
            case ContentAnswer.Missing:
                await ErrorResponse.WriteAsync(context, UpstreamProblems.Missing(digest));
                return true;
            case ContentAnswer.NoRoom:
                await RelayAsync(context, digest, via);
                return true;
            default:
                await RefuseAsync(context, ((ContentAnswer.Failed)answer).Problem);
                return true;
        }
    }

    /// <summary>Waits until there is something to send: what breaks before that is an answer of its own, or is tried again.</summary>
    private static async ValueTask<bool> TryWaitForBeginningAsync(ContentTransfer transfer, bool waitForEnd, CancellationToken cancellationToken)
    {
        try
        {
            if (waitForEnd)
                return await transfer.WaitForEndAsync(cancellationToken);
            await transfer.WaitBeyondAsync(0, cancellationToken);
            return true;
        }
        catch (TransferBrokenException)
        {
            return false;
        }
    }

    private async ValueTask<bool> TrySendStoredAsync(HttpContext context, Digest digest)
    {
        await using IBlob? blob = await blobs.OpenAsync(digest, context.RequestAborted);
        if (blob is null)
            return false;
        Note(context, CacheOutcome.Hit);
        await BlobDownload.SendAsync(context, blob, withBody: true, new Delivery(blobs.Uses, DeliveryKind.Joined));
        return true;
    }

    /// <summary>Nothing can be kept: hands on what comes, for this client alone.</summary>
    private async ValueTask RelayAsync(HttpContext context, Digest digest, string via)
    {
        (ContentSource? source, UpstreamVerdict verdict) = await transfers.AskAsync(digest, via, context.RequestAborted);
        if (source is null)
        {
            await RefuseAsync(context, verdict is UpstreamVerdict.Failed { Failure: var failure } ? UpstreamProblems.From(failure) : UpstreamProblems.Missing(digest));
            return;
        }

        await using (source)
        {
            if (source.LengthBytes is not { } lengthBytes)
            {
                await RefuseAsync(context, UpstreamProblems.NoRoom);
                return;
            }

            UpstreamHeaders.WriteMiss(context.Response.Headers, source.First.Name);
            Note(context, CacheOutcome.Hit);
            await using var blob = new RelayedBlob(source, digest, lengthBytes);
            await BlobDownload.SendAsync(context, blob, withBody: true, new Delivery(blobs.Uses, DeliveryKind.Fetched));
        }
    }

    /// <summary>HEAD of what is not here asks the upstreams and fills nothing.</summary>
    private async ValueTask AskAsync(HttpContext context, Digest digest, string via)
    {
        var request = new UpstreamRequest(HttpMethod.Head, UpstreamSurface.Cache, digest.ToString(), via);
        UpstreamVerdict verdict = await upstreams.AskAsync(request, context.RequestAborted);
        if (verdict is UpstreamVerdict.Failed { Failure.Trouble: UpstreamTrouble.BadAnswer })
        {
            // Some servers know no HEAD. The body is not read.
            verdict = await upstreams.AskAsync(request with { Method = HttpMethod.Get }, context.RequestAborted);
        }

        switch (verdict)
        {
            case UpstreamVerdict.Found { Answer: var answer }:
                using (answer)
                {
                    UpstreamHeaders.WriteMiss(context.Response.Headers, answer.Upstream.Name);
                    Note(context, CacheOutcome.Hit);
                    await using var blob = new DescribedBlob(digest, answer.Response.Content.Headers.ContentLength ?? 0);
                    await BlobDownload.SendAsync(context, blob, withBody: false, Delivery.Uncounted);
                    if (answer.Response.Content.Headers.ContentLength is null)
                        context.Response.ContentLength = null;
                    return;
                }

            case UpstreamVerdict.Failed { Failure: var failure }:
                await RefuseAsync(context, UpstreamProblems.From(failure));
                return;
            default:
                transfers.NoteMissing(digest);
                await ErrorResponse.WriteAsync(context, UpstreamProblems.Missing(digest));
                return;
        }
    }

    /// <summary>Notes whether upstreams have the object.</summary>
    private static void Note(HttpContext context, CacheOutcome outcome) => Exchange.Of(context)?.UpstreamOutcome = outcome;

    private static ValueTask RefuseAsync(HttpContext context, Problem problem)
    {
        if (problem.Status == (int)HttpStatusCode.ServiceUnavailable)
            context.Response.Headers.RetryAfter = "10";
        return ErrorResponse.WriteAsync(context, problem);
    }
}
