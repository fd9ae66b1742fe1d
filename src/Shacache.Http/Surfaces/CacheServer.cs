using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Shacache.Core.Blobs;
using Shacache.Http.Accounts;
using Shacache.Http.Connections;
using Shacache.Http.Content;
using Shacache.Http.Errors;
using Shacache.Http.Gateway;
using Shacache.Http.Listings;
using Shacache.Http.Mirroring;
using Shacache.Http.Pages;

namespace Shacache.Http.Surfaces;

/// <summary>The end of the pipeline: takes every request to its surface, and turns what goes wrong into one line.</summary>
internal sealed class CacheServer(
    SurfaceRouter router,
    WebPageGuard webPages,
    BlobSurface blobs,
    EntrySurface entries,
    GatewaySurface gateway,
    PageSurface pages,
    MirrorSurface mirror,
    ILogger<CacheServer> logger,
    AccountSurfaces? accounts = null)
{
    /// <summary>Answers a request.</summary>
    /// <returns>The number of body bytes that were sent.</returns>
    public async ValueTask<long> HandleAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        IHttpRequestFeature raw = context.Features.Get<IHttpRequestFeature>()!;
        try
        {
            if (BodyFraming.FindProblem(request) is { } problem)
            {
                context.CloseAfterAnswer();
                return await ErrorResponse.WriteAsync(context, problem);
            }

            Route route = router.Find(raw.RawTarget, request.Headers.Host);
            if (webPages.FindRefusal(context, route) is { } refusal)
                return await UploadRefusal.WriteAsync(context, refusal);
            return await (route.Surface switch
            {
                Surface.Cache => blobs.HandleAsync(context, route),
                Surface.Directory => entries.HandleAsync(context, route),
                Surface.Gateway => gateway.HandleAsync(context, route),
                Surface.Account or Surface.Admin => accounts?.HandleAsync(context, route) ?? UploadRefusal.WriteAsync(context, AccountProblems.Off),
                Surface.Mirror => mirror.HandleAsync(context, route),
                _ => pages.HandleAsync(context, route),
            });
        }
        catch (Exception e) when (
            (e.InnerException ?? e) is ConnectionResetException or ConnectionAbortedException || (e is OperationCanceledException or IOException && context.RequestAborted.IsCancellationRequested))
        {
            // The client hung up. That is its right, and normal traffic. Without this the web server would go on reading where a read was given up.
            context.Abort();
            return 0;
        }
        catch (InvalidOperationException e) when (BodyFraming.IsTrailerFailure(request, e) && !context.Response.HasStarted)
        {
            // Not drained: reading on fails in the same way.
            context.CloseAfterAnswer();
            return await ErrorResponse.WriteAsync(context, ErrorMapping.UnreadableTrailer);
        }
        catch (Exception e)
        {
            // The boundary of a request: whatever happened is answered, or the connection cut, and logged.
            return await FailAsync(context, raw.RawTarget, e);
        }
    }

    /// <summary>Answers a failure. A client that has left by then is no further failure, and nothing to log.</summary>
    private async ValueTask<long> FailAsync(HttpContext context, string target, Exception exception)
    {
        try
        {
            return await ReportAsync(context, target, exception);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException || context.RequestAborted.IsCancellationRequested)
        {
            context.Abort();
            return 0;
        }
    }

    private async ValueTask<long> ReportAsync(HttpContext context, string target, Exception exception)
    {
        string method = context.Request.Method;
        target = RequestTarget.Redact(target);
        string traceId = context.TraceIdentifier;
        if (context.Response.HasStarted)
        {
            // Damage is reported once, by whoever finds it, and not by each client that was in the middle of it.
            if (exception is not BlobDamagedException)
                Log.DownloadCut(logger, method, target, traceId, exception);
            context.Abort();
            return 0;
        }

        Problem failure = ErrorMapping.FromException(exception, traceId);
        if (failure.Status == StatusCodes.Status507InsufficientStorage)
            Log.StorageFull(logger, method, target, traceId, exception.GetBaseException().Message);
        else if (exception is not BlobDamagedException && failure.Status >= StatusCodes.Status500InternalServerError)
            Log.RequestFailed(logger, method, target, traceId, exception);
        else
            Log.RequestRefused(logger, method, target, failure.Status, failure.Line);

        context.Response.Clear();
        if (exception is IOException)
        {
            context.CloseAfterAnswer();
            return await ErrorResponse.WriteAsync(context, failure);
        }

        return await UploadRefusal.WriteAsync(context, failure);
    }
}
