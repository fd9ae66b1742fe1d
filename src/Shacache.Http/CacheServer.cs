using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Shacache.Core.Blobs;
using Shacache.Core.Stores;
using Shacache.Http.Access;
using Shacache.Http.Answers;
using Shacache.Http.Logging;
using Shacache.Http.Requests;
using Shacache.Http.Routing;

namespace Shacache.Http;

/// <summary>The end of the pipeline: takes every request to its endpoint, and turns what goes wrong into one line.</summary>
internal sealed class CacheServer(Router router, WebPageGuard webPages, ReadGuard readers, ILogger<CacheServer> logger)
{
    /// <summary>Answers a request.</summary>
    public async ValueTask HandleAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        IHttpRequestFeature raw = context.Features.Get<IHttpRequestFeature>()!;
        try
        {
            if (BodyFraming.FindProblem(request) is { } problem)
            {
                await UploadRefusal.WriteAndEndAsync(context, problem);
                return;
            }

            Route route = router.Find(raw.RawTarget, request.Headers.Host);
            Exchange.Of(context)?.Place = route.Place;
            Problem? refusal = webPages.FindRefusal(context, route);
            if (refusal is null && readers.Guards(request, route))
                refusal = await readers.FindRefusalAsync(context);
            await (refusal is { } reason ? UploadRefusal.WriteAsync(context, reason) : route.Endpoint.HandleAsync(context, route));
        }
        catch (Exception e) when (
            (e.InnerException ?? e) is ConnectionResetException or ConnectionAbortedException || (e is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested))
        {
            // The client hung up, which is normal traffic. Without this the web server would go on reading where a read was given up.
            HangUp(context);
        }
        catch (InvalidOperationException e) when (BodyFraming.IsTrailerFailure(request, e) && !context.Response.HasStarted)
        {
            await UploadRefusal.WriteAndEndAsync(context, BodyFraming.UnreadableTrailer);
        }
        catch (Exception e)
        {
            // The boundary of a request: whatever happened is answered, or the connection cut, and logged.
            await FailAsync(context, raw.RawTarget, e);
        }
    }

    /// <summary>Answers a failure. A client that has left by then is no further failure, and not logged.</summary>
    private async ValueTask FailAsync(HttpContext context, string target, Exception exception)
    {
        try
        {
            await ReportAsync(context, target, exception);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException || context.RequestAborted.IsCancellationRequested)
        {
            HangUp(context);
        }
    }

    /// <summary>Gives up on a client that has left. The status goes nowhere but into the log and the metrics.</summary>
    private static void HangUp(HttpContext context)
    {
        if (!context.Response.HasStarted)
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        context.Abort();
    }

    private async ValueTask ReportAsync(HttpContext context, string target, Exception exception)
    {
        string method = context.Request.Method;
        target = RequestTarget.Redact(target);
        string traceId = context.TraceIdentifier;
        if (context.Response.HasStarted)
        {
            // Damage is reported once, where it is found, and not for each client that was in the middle of it.
            if (exception is not BlobDamagedException)
                Log.DownloadCut(logger, method, target, traceId, exception);
            context.Abort();
            return;
        }

        Problem failure = ErrorMapping.FromException(exception, traceId);
        // That the limits are reached is logged when it happens, and not for each client.
        if (exception is StorageFullException and not StoreLimitException)
            Log.StorageFull(logger, method, target, traceId, exception.GetBaseException().Message);
        else if (StoreFailure.IsAway(exception))
            Log.StoreAway(logger, method, target, traceId, exception.Message);
        else if (exception is not (BlobDamagedException or StoreLimitException) && failure.Status >= StatusCodes.Status500InternalServerError)
            Log.RequestFailed(logger, method, target, traceId, exception);
        else
            Log.RequestRefused(logger, method, target, failure.Status, failure.Line);

        context.Response.Clear();
        await (exception is IOException ? UploadRefusal.WriteAndEndAsync(context, failure) : UploadRefusal.WriteAsync(context, failure));
    }
}
