using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Shacache.Core.Blobs;
using Shacache.Core.Savings;
using Shacache.Http.Answers;
using Shacache.Http.Content;
using Shacache.Http.Gateway.Origins;

namespace Shacache.Http.Gateway;

/// <summary>Answers a request for a file at an origin: from the cache, from what is under way, or from the origin.</summary>
internal sealed class FileDelivery(GatewayIndex index, OriginTransfers transfers, OriginClient origins, PartPassage parts, IBlobStore blobs, ILogger<FileDelivery> logger)
{
    /// <summary>Answers.</summary>
    /// <param name="context">A GET or HEAD.</param>
    /// <param name="file">The file.</param>
    public async ValueTask AnswerAsync(HttpContext context, OriginFile file)
    {
        try
        {
            await AnswerOnceAsync(context, file);
        }
        catch (BlobDamagedException) when (!context.Response.HasStarted)
        {
            // The copy was put away: this time the origin is asked.
            context.Response.Clear();
            await AnswerOnceAsync(context, file);
        }
    }

    private async ValueTask AnswerOnceAsync(HttpContext context, OriginFile file)
    {
        await using GatewayCopy? copy = await index.FindAsync(file, context.RequestAborted);
        if (copy is not null && !file.IsMoving)
        {
            await copy.SendAsync(context, "hit");
            return;
        }

        if (file.Refusal is { } refusal)
        {
            await RefuseAsync(context, copy, refusal, isOriginDown: true);
            return;
        }

        // An origin that fails or refuses leaves it so.
        Exchange.Of(context)?.Outcome = CacheOutcome.Miss;
        try
        {
            await (HttpMethods.IsHead(context.Request.Method) ? AskAsync(context, file, copy) : FetchAsync(context, file, copy));
        }
        catch (GatewayException e)
        {
            await RefuseAsync(context, copy, e.Problem, e.IsOriginDown);
        }
    }

    /// <summary>Counts a GET that was not answered from here.</summary>
    private void NoteMiss(long sentBytes = 0, long savedBytes = 0) => blobs.Uses.NoteTraffic(new Traffic(CacheKind.Gateway, 1, 0, sentBytes), savedBytes);

    /// <summary>Asks the origin by HEAD: nothing is transferred.</summary>
    private async ValueTask AskAsync(HttpContext context, OriginFile file, GatewayCopy? copy)
    {
        using HttpResponseMessage answer = await origins.SendAsync(file.Ask(HttpMethod.Head) with { Known = copy?.Metadata }, file.Url, context.RequestAborted);
        if (answer.StatusCode == HttpStatusCode.NotModified)
            await copy!.SendAsync(context, "revalidated");
        else
            await GatewayConditions.BeginAsync(context, OriginMetadata.Of(answer), answer.Content.Headers.ContentLength, "miss");
    }

    private async ValueTask FetchAsync(HttpContext context, OriginFile file, GatewayCopy? copy)
    {
        OriginTransfer? transfer = transfers.JoinRunning(file);
        bool isNew = false;
        string? part = GatewayConditions.FindPart(context.Request);
        if (transfer is null)
        {
            if (copy is null && GatewayConditions.HasPreconditions(context.Request) && await IsUnchangedAsync(context, file))
                return;
            if (part is not null && await parts.TrySendAsync(context, file, part, copy))
                return;
            transfer = transfers.Join(file, out isNew);

            // An origin that has not given the part is not asked for it again.
            part = null;
        }

        if (transfer is null)
        {
            await RefuseAsync(context, copy, GatewayProblems.Busy, isOriginDown: true);
            return;
        }

        Exchange.Of(context)?.IsCoalesced = !isNew;
        try
        {
            await FollowAsync(context, file, copy, transfer, isNew, part);
        }
        finally
        {
            transfer.Leave();
        }
    }

    /// <summary>Compares what the client has with what the origin says by HEAD, and answers when that is the same. Otherwise a transfer will tell.</summary>
    private async ValueTask<bool> IsUnchangedAsync(HttpContext context, OriginFile file)
    {
        try
        {
            using HttpResponseMessage answer = await origins.SendAsync(file.Ask(HttpMethod.Head), file.Url, context.RequestAborted);
            var metadata = OriginMetadata.Of(answer);
            if (!GatewayConditions.IsUnchanged(context.Request, metadata))
                return false;
            await GatewayConditions.BeginAsync(context, metadata, answer.Content.Headers.ContentLength, "pass");
            return true;
        }
        catch (GatewayException)
        {
            return false;
        }
    }

    private async ValueTask FollowAsync(HttpContext context, OriginFile file, GatewayCopy? copy, OriginTransfer transfer, bool isNew, string? part)
    {
        switch (await transfer.Answer.WaitAsync(context.RequestAborted))
        {
            case TransferAnswer.Failed failed:
                await RefuseAsync(context, copy, failed.Problem, failed.IsOriginDown);
                break;
            case TransferAnswer.Coming coming:
                if (!await TryPassFarPartAsync(context, file, transfer, coming, part))
                    await GatewayFollower.SendAsync(context, transfer, coming, sent => NoteMiss(sent, isNew ? 0 : sent), logger);
                break;
            default:
                await (copy is not null ? copy.SendAsync(context, "revalidated") : SendStoredAsync(context, file));
                break;
        }
    }

    /// <summary>Has the origin asked for a part that has not come yet.</summary>
    /// <returns>False when the part is to be taken from the transfer.</returns>
    private async ValueTask<bool> TryPassFarPartAsync(HttpContext context, OriginFile file, OriginTransfer transfer, TransferAnswer.Coming coming, string? part)
    {
        if (part is null || GatewayConditions.IsUnchanged(context.Request, coming.Metadata))
            return false;
        if (coming.LengthBytes is { } length)
        {
            ByteRange range = GatewayConditions.FindRange(context.Request, coming.Metadata, length);
            if (range.Kind != ByteRangeKind.Part || range.Offset <= transfer.AvailableBytes)
                return false;
        }

        try
        {
            return await parts.TrySendAsync(context, file, part, copy: null);
        }
        catch (GatewayException)
        {
            return false;
        }
    }

    private async ValueTask SendStoredAsync(HttpContext context, OriginFile file)
    {
        await using GatewayCopy? copy = await index.FindAsync(file, context.RequestAborted);
        await (copy is null ? ErrorResponse.WriteAsync(context, GatewayProblems.Unreachable(file.Url)) : copy.SendAsync(context, "hit"));
    }

    private ValueTask RefuseAsync(HttpContext context, GatewayCopy? copy, Problem problem, bool isOriginDown)
    {
        if (copy is not null && isOriginDown)
            return copy.SendAsync(context, "stale");
        if (HttpMethods.IsGet(context.Request.Method))
            NoteMiss();
        if (problem.Status == StatusCodes.Status503ServiceUnavailable)
            context.Response.Headers.RetryAfter = "10";
        return ErrorResponse.WriteAsync(context, problem);
    }
}
