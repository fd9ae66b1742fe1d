using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Shacache.Core.Blobs;
using Shacache.Http.Content;
using Shacache.Http.Errors;
using Shacache.Http.Transfers;
using Shacache.Http.Upstreams;

namespace Shacache.Http.Proximity;

/// <summary>Answers requests for objects that are not here from the upstreams, and keeps the objects.</summary>
internal sealed class ProximityContent(
    UpstreamSet upstreams, ContentTransfers transfers, IBlobStore blobs, RequestPath path, UpstreamMetrics metrics, ILogger<ProximityContent> logger)
{
    private const string Surface = "cache";

    /// <summary>So many transfers one request takes part in, when each of them turns out bad.</summary>
    private const int MaxAttempts = 4;

    /// <summary>Marks and counts an answer from what is here.</summary>
    public void NoteHit(HttpContext context)
    {
        ProximityHeaders.WriteHit(context.Response.Headers);
        metrics.NoteRequest(Surface, "hit");
    }

    /// <summary>Counts bytes that need not be fetched.</summary>
    public void NoteSaved(long bytes) => metrics.NoteSaved(bytes);

    /// <summary>Answers a request for an object that is not here.</summary>
    /// <returns>The number of body bytes that were sent.</returns>
    public async ValueTask<long> SendAsync(HttpContext context, Digest digest, bool withBody)
    {
        ProximityHeaders.WriteMiss(context.Response.Headers);
        metrics.NoteRequest(Surface, "miss");
        if (RequestPath.IsOnlyIfCached(context.Request))
            return await ErrorResponse.WriteAsync(context, ProximityProblems.OnlyCached(digest));
        if (path.Extend(context.Request) is not { } via)
            return await ErrorResponse.WriteAsync(context, ErrorMapping.BlobUnknown(digest));
        if (transfers.IsKnownMissing(digest))
            return await ErrorResponse.WriteAsync(context, ProximityProblems.Missing(digest));
        return withBody ? await FollowAsync(context, digest, via) : await AskAsync(context, digest, via);
    }

    private async ValueTask<long> FollowAsync(HttpContext context, Digest digest, string via)
    {
        for (int attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (transfers.Join(digest, via, out bool isNew) is not { } transfer)
                return await RefuseAsync(context, ProximityProblems.Busy);
            if (!isNew)
                metrics.NoteCoalesced(Surface);
            try
            {
                if (await TryFollowAsync(context, digest, via, transfer, isNew) is { } sent)
                    return sent;
            }
            catch (TransferBrokenException e)
            {
                // What was sent so far must not look whole.
                Log.FollowerCut(logger, context.Request.Path, e.Message);
                context.Abort();
                return 0;
            }
            finally
            {
                transfer.Leave();
            }
        }

        return await RefuseAsync(context, ProximityProblems.NobodyStays);
    }

    /// <returns>Null when nothing was sent, and another transfer may go better.</returns>
    private async ValueTask<long?> TryFollowAsync(HttpContext context, Digest digest, string via, ContentTransfer transfer, bool isNew)
    {
        ContentAnswer answer = await transfer.Answer.WaitAsync(context.RequestAborted);
        if (answer is ContentAnswer.Coming { LengthBytes: var lengthBytes, Upstream: var upstream })
        {
            if (await TryWaitForBeginningAsync(transfer, waitForEnd: lengthBytes is null, context.RequestAborted))
            {
                ProximityHeaders.WriteMiss(context.Response.Headers, upstream);
                long sent = await BlobDownload.SendAsync(context, new IncomingBlob(transfer, digest, lengthBytes ?? transfer.AvailableBytes), withBody: true);
                if (!isNew)
                    metrics.NoteSaved(sent);
                return sent;
            }

            answer = await transfer.Outcome.WaitAsync(context.RequestAborted);
        }

        switch (answer)
        {
            case ContentAnswer.Stored:
                return await SendStoredAsync(context, digest);
            case ContentAnswer.Missing:
                return await ErrorResponse.WriteAsync(context, ProximityProblems.Missing(digest));
            case ContentAnswer.NoRoom:
                return await RelayAsync(context, digest, via);
            case ContentAnswer.Failed { TryAgain: true }:
                return null;
            default:
                return await RefuseAsync(context, ((ContentAnswer.Failed)answer).Problem);
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

    private async ValueTask<long?> SendStoredAsync(HttpContext context, Digest digest)
    {
        await using IBlob? blob = await blobs.OpenAsync(digest, context.RequestAborted);
        return blob is null ? null : await BlobDownload.SendAsync(context, blob, withBody: true);
    }

    /// <summary>Nothing can be kept: hands on what comes, for this client alone.</summary>
    private async ValueTask<long> RelayAsync(HttpContext context, Digest digest, string via)
    {
        (ContentSource? source, UpstreamVerdict verdict) = await transfers.AskAsync(digest, via, context.RequestAborted);
        if (source is null)
            return await RefuseAsync(context, verdict is UpstreamVerdict.Failed { Failure: var failure } ? ProximityProblems.From(failure) : ProximityProblems.Missing(digest));
        await using (source)
        {
            if (source.LengthBytes is not { } lengthBytes)
                return await RefuseAsync(context, ErrorMapping.NoRoomToFill);
            ProximityHeaders.WriteMiss(context.Response.Headers, source.First.Name);
            await using var blob = new RelayedBlob(source, digest, lengthBytes);
            return await BlobDownload.SendAsync(context, blob, withBody: true);
        }
    }

    /// <summary>HEAD of what is not here asks the upstreams and fills nothing.</summary>
    private async ValueTask<long> AskAsync(HttpContext context, Digest digest, string via)
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
                    ProximityHeaders.WriteMiss(context.Response.Headers, answer.Upstream.Name);
                    await using var blob = new DescribedBlob(digest, answer.Response.Content.Headers.ContentLength ?? 0);
                    await BlobDownload.SendAsync(context, blob, withBody: false);
                    if (answer.Response.Content.Headers.ContentLength is null)
                        context.Response.ContentLength = null;
                    return 0;
                }

            case UpstreamVerdict.Failed { Failure: var failure }:
                return await RefuseAsync(context, ProximityProblems.From(failure));
            default:
                transfers.NoteMissing(digest);
                return await ErrorResponse.WriteAsync(context, ProximityProblems.Missing(digest));
        }
    }

    private static ValueTask<long> RefuseAsync(HttpContext context, Problem problem)
    {
        if (problem.Status == (int)HttpStatusCode.ServiceUnavailable)
            context.Response.Headers.RetryAfter = "10";
        return ErrorResponse.WriteAsync(context, problem);
    }
}
