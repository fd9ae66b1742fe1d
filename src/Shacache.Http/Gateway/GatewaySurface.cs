using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Shacache.Core.Blobs;
using Shacache.Http.Content;
using Shacache.Http.Errors;
using Shacache.Http.Surfaces;

namespace Shacache.Http.Gateway;

/// <summary>The download gateway: <c>GET /fetch/https/example.org/file.tar.gz</c> answers from the cache, or from the origin (docs/operating.md).</summary>
internal sealed class GatewaySurface(
    GatewayOptions options,
    OriginPolicy policy,
    GatewayIndex index,
    OriginTransfers transfers,
    OriginClient origins,
    PartPassage parts,
    ILogger<GatewaySurface> logger)
{
    private const string Methods = "GET, HEAD";

    /// <summary>Answers a request.</summary>
    /// <returns>The number of body bytes that were sent.</returns>
    public ValueTask<long> HandleAsync(HttpContext context, in Route route)
    {
        if (options.Origins.Count == 0)
            return UploadRefusal.WriteAsync(context, GatewayProblems.Off);
        string method = context.Request.Method;
        if (!HttpMethods.IsGet(method) && !HttpMethods.IsHead(method))
        {
            context.Response.Headers.Allow = Methods;
            return UploadRefusal.WriteAsync(context, ErrorMapping.MethodUnknown(method, Methods));
        }

        // The query is part of the file's name here.
        if (!OriginUrl.TryParse(route.Target.AsSpan(route.Start), out OriginUrl? url, out string? problem))
            return UploadRefusal.WriteAsync(context, GatewayProblems.Malformed(problem));
        return policy.IsAllowed(url) ? AnswerAsync(context, url) : UploadRefusal.WriteAsync(context, GatewayProblems.NotAllowed(url));
    }

    private async ValueTask<long> AnswerAsync(HttpContext context, OriginUrl url)
    {
        try
        {
            return await AnswerOnceAsync(context, url);
        }
        catch (BlobDamagedException) when (!context.Response.HasStarted)
        {
            // The copy was put away: this time the origin is asked.
            context.Response.Clear();
            return await AnswerOnceAsync(context, url);
        }
    }

    private async ValueTask<long> AnswerOnceAsync(HttpContext context, OriginUrl url)
    {
        await using GatewayCopy? copy = await index.FindAsync(url, context.RequestAborted);
        if (copy is not null && !policy.IsMoving(url))
            return await GatewayDownload.SendAsync(context, copy, "hit");
        try
        {
            return HttpMethods.IsHead(context.Request.Method) ? await AskAsync(context, url, copy) : await FetchAsync(context, url, copy);
        }
        catch (GatewayException e)
        {
            return await RefuseAsync(context, copy, e.Problem, e.IsOriginDown);
        }
    }

    /// <summary>Asks the origin by HEAD: nothing is transferred.</summary>
    private async ValueTask<long> AskAsync(HttpContext context, OriginUrl url, GatewayCopy? copy)
    {
        using HttpResponseMessage answer = await origins.SendAsync(new OriginQuestion(HttpMethod.Head) { Known = copy?.Metadata }, url, context.RequestAborted);
        if (answer.StatusCode == HttpStatusCode.NotModified)
            return await GatewayDownload.SendAsync(context, copy!, "revalidated");
        return (await GatewayConditions.BeginAsync(context, OriginMetadata.Of(answer), answer.Content.Headers.ContentLength, "miss")).SentBytes;
    }

    private async ValueTask<long> FetchAsync(HttpContext context, OriginUrl url, GatewayCopy? copy)
    {
        OriginTransfer? transfer = transfers.JoinRunning(url);
        string? part = GatewayConditions.FindPart(context.Request);
        if (transfer is null)
        {
            if (copy is null && GatewayConditions.HasPreconditions(context.Request) && await IsUnchangedAsync(context, url))
                return 0;
            if (part is not null && await parts.TrySendAsync(context, url, part, copy) is { } sent)
                return sent;
            transfer = transfers.Join(url);

            // An origin that has not given the part is not asked for it again.
            part = null;
        }

        if (transfer is null)
            return await RefuseAsync(context, copy, GatewayProblems.Busy, isOriginDown: true);
        try
        {
            return await FollowAsync(context, url, copy, transfer, part);
        }
        finally
        {
            transfer.Leave();
        }
    }

    /// <summary>Compares what the client has with what the origin says by HEAD, and answers when that is the same. Otherwise a transfer will tell.</summary>
    private async ValueTask<bool> IsUnchangedAsync(HttpContext context, OriginUrl url)
    {
        try
        {
            using HttpResponseMessage answer = await origins.SendAsync(new OriginQuestion(HttpMethod.Head), url, context.RequestAborted);
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

    private async ValueTask<long> FollowAsync(HttpContext context, OriginUrl url, GatewayCopy? copy, OriginTransfer transfer, string? part)
    {
        switch (await transfer.Answer.WaitAsync(context.RequestAborted))
        {
            case TransferAnswer.Failed failed:
                return await RefuseAsync(context, copy, failed.Problem, failed.IsOriginDown);
            case TransferAnswer.Coming coming:
                return await PassFarPartAsync(context, url, transfer, coming, part) ?? await GatewayFollower.SendAsync(context, transfer, coming, logger);
            default:
                return copy is not null
                    ? await GatewayDownload.SendAsync(context, copy, "revalidated")
                    : await SendStoredAsync(context, url);
        }
    }

    /// <summary>Has the origin asked for a part that has not come yet.</summary>
    /// <returns>The number of body bytes that were sent; null when the part is to be taken from the transfer.</returns>
    private async ValueTask<long?> PassFarPartAsync(HttpContext context, OriginUrl url, OriginTransfer transfer, TransferAnswer.Coming coming, string? part)
    {
        if (part is null || GatewayConditions.IsUnchanged(context.Request, coming.Metadata))
            return null;
        if (coming.LengthBytes is { } length)
        {
            ByteRange range = GatewayConditions.FindRange(context.Request, coming.Metadata, length);
            if (range.Kind != ByteRangeKind.Part || range.Offset <= transfer.AvailableBytes)
                return null;
        }

        try
        {
            return await parts.TrySendAsync(context, url, part, copy: null);
        }
        catch (GatewayException)
        {
            return null;
        }
    }

    private async ValueTask<long> SendStoredAsync(HttpContext context, OriginUrl url)
    {
        await using GatewayCopy? copy = await index.FindAsync(url, context.RequestAborted);
        return copy is null
            ? await ErrorResponse.WriteAsync(context, GatewayProblems.Unreachable(url))
            : await GatewayDownload.SendAsync(context, copy, "hit");
    }

    private static ValueTask<long> RefuseAsync(HttpContext context, GatewayCopy? copy, Problem problem, bool isOriginDown)
    {
        if (copy is not null && isOriginDown)
            return GatewayDownload.SendAsync(context, copy, "stale");
        if (problem.Status == StatusCodes.Status503ServiceUnavailable)
            context.Response.Headers.RetryAfter = "10";
        return ErrorResponse.WriteAsync(context, problem);
    }
}
