using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shacache.Core.Blobs;
using Shacache.Core.Retention;
using Shacache.Core.Savings;
using Shacache.Http.Access;
using Shacache.Http.Answers;
using Shacache.Http.Content;
using Shacache.Http.Gateway.Origins;
using Shacache.Http.Routing;

namespace Shacache.Http.Gateway;

/// <summary>The download gateway: <c>GET /fetch/https/example.org/file.tar.gz</c> answers from the cache, or from the origin (docs/operating.md).</summary>
internal sealed class GatewayEndpoint(
    OriginPolicy policy,
    GatewayIndex index,
    OriginTransfers transfers,
    OriginClient origins,
    PartPassage parts,
    BlockList blocks,
    IBlobStore blobs,
    ILogger<GatewayEndpoint> logger) : IEndpoint
{
    public const string Path = "/fetch";

    public const string SurfaceName = "gateway";

    public IEnumerable<Mount> Mounts => [Mount.Below(Path)];

    public string Surface => SurfaceName;

    public bool IsForWebPages(HttpRequest request, in Route route) => true;

    public ValueTask HandleAsync(HttpContext context, in Route route)
    {
        string method = context.Request.Method;
        if (!HttpMethods.IsGet(method) && !HttpMethods.IsHead(method))
            return UploadRefusal.WriteMethodUnknownAsync(context, "GET, HEAD");

        // The query is part of the file's name here.
        if (!OriginUrl.TryParse(route.Target.AsSpan(route.Start), out OriginUrl? url, out string? problem))
            return UploadRefusal.WriteAsync(context, GatewayProblems.Malformed(problem));
        if (!policy.IsAllowed(url))
            return UploadRefusal.WriteAsync(context, GatewayProblems.NotAllowed(url));
        return GatewayKeys.AllForClients(url.Text).Any(blocks.Contains)
            ? UploadRefusal.WriteAsync(context, GatewayProblems.Blocked(url))
            : AnswerAsync(context, url);
    }

    private async ValueTask AnswerAsync(HttpContext context, OriginUrl url)
    {
        try
        {
            await AnswerOnceAsync(context, url);
        }
        catch (BlobDamagedException) when (!context.Response.HasStarted)
        {
            // The copy was put away: this time the origin is asked.
            context.Response.Clear();
            await AnswerOnceAsync(context, url);
        }
    }

    private async ValueTask AnswerOnceAsync(HttpContext context, OriginUrl url)
    {
        await using GatewayCopy? copy = await index.FindAsync(url, context.RequestAborted);
        if (copy is not null && !policy.IsMoving(url))
        {
            await copy.SendAsync(context, "hit");
            return;
        }

        // An origin that fails or refuses leaves it so.
        Exchange.Of(context)?.Outcome = CacheOutcome.Miss;
        try
        {
            await (HttpMethods.IsHead(context.Request.Method) ? AskAsync(context, url, copy) : FetchAsync(context, url, copy));
        }
        catch (GatewayException e)
        {
            await RefuseAsync(context, copy, e.Problem, e.IsOriginDown);
        }
    }

    /// <summary>Counts a GET that was not answered from here.</summary>
    private void NoteMiss(long sentBytes = 0, long savedBytes = 0) => blobs.Uses.NoteTraffic(new Traffic(CacheKind.Gateway, 1, 0, sentBytes), savedBytes);

    /// <summary>Asks the origin by HEAD: nothing is transferred.</summary>
    private async ValueTask AskAsync(HttpContext context, OriginUrl url, GatewayCopy? copy)
    {
        using HttpResponseMessage answer = await origins.SendAsync(new OriginQuestion(HttpMethod.Head) { Known = copy?.Metadata }, url, context.RequestAborted);
        if (answer.StatusCode == HttpStatusCode.NotModified)
            await copy!.SendAsync(context, "revalidated");
        else
            await GatewayConditions.BeginAsync(context, OriginMetadata.Of(answer), answer.Content.Headers.ContentLength, "miss");
    }

    private async ValueTask FetchAsync(HttpContext context, OriginUrl url, GatewayCopy? copy)
    {
        OriginTransfer? transfer = transfers.JoinRunning(url);
        bool isNew = false;
        string? part = GatewayConditions.FindPart(context.Request);
        if (transfer is null)
        {
            if (copy is null && GatewayConditions.HasPreconditions(context.Request) && await IsUnchangedAsync(context, url))
                return;
            if (part is not null && await parts.TrySendAsync(context, url, part, copy))
                return;
            transfer = transfers.Join(url, out isNew);

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
            await FollowAsync(context, url, copy, transfer, isNew, part);
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

    private async ValueTask FollowAsync(HttpContext context, OriginUrl url, GatewayCopy? copy, OriginTransfer transfer, bool isNew, string? part)
    {
        switch (await transfer.Answer.WaitAsync(context.RequestAborted))
        {
            case TransferAnswer.Failed failed:
                await RefuseAsync(context, copy, failed.Problem, failed.IsOriginDown);
                break;
            case TransferAnswer.Coming coming:
                if (!await TryPassFarPartAsync(context, url, transfer, coming, part))
                    await GatewayFollower.SendAsync(context, transfer, coming, sent => NoteMiss(sent, isNew ? 0 : sent), logger);
                break;
            default:
                await (copy is not null ? copy.SendAsync(context, "revalidated") : SendStoredAsync(context, url));
                break;
        }
    }

    /// <summary>Has the origin asked for a part that has not come yet.</summary>
    /// <returns>False when the part is to be taken from the transfer.</returns>
    private async ValueTask<bool> TryPassFarPartAsync(HttpContext context, OriginUrl url, OriginTransfer transfer, TransferAnswer.Coming coming, string? part)
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
            return await parts.TrySendAsync(context, url, part, copy: null);
        }
        catch (GatewayException)
        {
            return false;
        }
    }

    private async ValueTask SendStoredAsync(HttpContext context, OriginUrl url)
    {
        await using GatewayCopy? copy = await index.FindAsync(url, context.RequestAborted);
        await (copy is null ? ErrorResponse.WriteAsync(context, GatewayProblems.Unreachable(url)) : copy.SendAsync(context, "hit"));
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

/// <summary>Adds the download gateway.</summary>
internal static class GatewayExtensions
{
    public static void AddGateway(this IServiceCollection services, GatewayOptions options)
    {
        // What was fetched earlier can be forgotten although nothing is fetched any more.
        services.AddSingleton<ForgetOperation>();
        services.AddOperation<ForgetOperation>("POST", "forget", forget => forget.HandleAsync);
        if (options.Origins.Count == 0)
        {
            services.AddSingleton<IEndpoint>(new OffEndpoint(GatewayProblems.Off, isForWebPages: true, Mount.Below(GatewayEndpoint.Path)) { Surface = GatewayEndpoint.SurfaceName });
            return;
        }

        services.AddSingleton(options);
        services.AddSingleton<OriginPolicy>();
        services.AddSingleton(new OriginConnector(options));
        services.AddSingleton<OriginClient>();
        services.AddSingleton<GatewayIndex>();
        services.AddSingleton<OriginTransfers>();
        services.AddSingleton<PartPassage>();
        services.AddSingleton<IEndpoint, GatewayEndpoint>();
    }
}
