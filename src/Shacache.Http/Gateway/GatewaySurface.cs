using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Shacache.Http.Errors;
using Shacache.Http.Surfaces;

namespace Shacache.Http.Gateway;

/// <summary>The download gateway: <c>GET /fetch/https/example.org/file.tar.gz</c> answers from the cache, or from the origin (docs/operating.md).</summary>
internal sealed class GatewaySurface(
    GatewayOptions options, OriginPolicy policy, GatewayIndex index, OriginTransfers transfers, OriginClient origins, ILogger<GatewaySurface> logger)
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
        await using GatewayCopy? copy = await index.FindAsync(url, context.RequestAborted);
        if (copy is not null && !policy.IsMoving(url))
            return await GatewayDownload.SendAsync(context, copy, "hit");
        if (copy is null && HttpMethods.IsHead(context.Request.Method))
            return await AskAsync(context, url);
        if (transfers.Join(url) is not { } transfer)
            return await RefuseAsync(context, copy, GatewayProblems.Busy, isOriginDown: true);
        try
        {
            return await FollowAsync(context, url, copy, transfer);
        }
        finally
        {
            transfer.Leave();
        }
    }

    private async ValueTask<long> FollowAsync(HttpContext context, OriginUrl url, GatewayCopy? copy, OriginTransfer transfer)
    {
        switch (await transfer.Answer.WaitAsync(context.RequestAborted))
        {
            case TransferAnswer.Failed failed:
                return await RefuseAsync(context, copy, failed.Problem, failed.IsOriginDown);
            case TransferAnswer.Coming coming when IsPlainGet(context.Request):
                return await GatewayFollower.SendAsync(context, transfer, coming, logger);
            case TransferAnswer.Coming:
                // A part, or a comparison: answered from the copy, once it is whole.
                return await transfer.WaitForEndAsync(context.RequestAborted)
                    ? await SendStoredAsync(context, url, "miss")
                    : await RefuseAsync(context, copy, GatewayProblems.Unreachable(url), isOriginDown: true);
            default:
                return copy is not null
                    ? await GatewayDownload.SendAsync(context, copy, "revalidated")
                    : await SendStoredAsync(context, url, "hit");
        }
    }

    private static bool IsPlainGet(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) && request.Headers.Range.Count == 0 && request.Headers.IfNoneMatch.Count == 0 &&
        request.Headers.IfModifiedSince.Count == 0;

    private async ValueTask<long> SendStoredAsync(HttpContext context, OriginUrl url, string cacheStatus)
    {
        await using GatewayCopy? copy = await index.FindAsync(url, context.RequestAborted);
        return copy is null
            ? await ErrorResponse.WriteAsync(context, GatewayProblems.NotKept(url))
            : await GatewayDownload.SendAsync(context, copy, cacheStatus);
    }

    private static ValueTask<long> RefuseAsync(HttpContext context, GatewayCopy? copy, Problem problem, bool isOriginDown)
    {
        if (copy is not null && isOriginDown)
            return GatewayDownload.SendAsync(context, copy, "stale");
        if (problem.Status == StatusCodes.Status503ServiceUnavailable)
            context.Response.Headers.RetryAfter = "10";
        return ErrorResponse.WriteAsync(context, problem);
    }

    /// <summary>HEAD of what is not here asks the origin and fetches nothing.</summary>
    private async ValueTask<long> AskAsync(HttpContext context, OriginUrl url)
    {
        try
        {
            using HttpResponseMessage answer = await origins.SendAsync(HttpMethod.Head, url, known: null, context.RequestAborted);
            GatewayHeaders.Write(context.Response.Headers, OriginMetadata.Of(answer), "miss");
            context.Response.ContentLength = answer.Content.Headers.ContentLength;
            return 0;
        }
        catch (GatewayException e)
        {
            return await ErrorResponse.WriteAsync(context, e.Problem);
        }
    }
}
