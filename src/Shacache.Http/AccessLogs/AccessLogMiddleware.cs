using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Shacache.Http.Surfaces;

namespace Shacache.Http.AccessLogs;

/// <summary>Notes every request once it is answered. Not in the pipeline at all when there is no access log.</summary>
internal sealed class AccessLogMiddleware(CacheServer server, AccessLog log, TimeProvider time)
{
    public async Task HandleAsync(HttpContext context)
    {
        DateTimeOffset startedAt = time.GetUtcNow();
        long started = time.GetTimestamp();
        long bodyBytes = await server.HandleAsync(context);
        HttpRequest request = context.Request;
        log.Add(new AccessLogEntry(
            startedAt,
            context.Connection.RemoteIpAddress,
            request.Method,
            context.Features.Get<IHttpRequestFeature>()!.RawTarget,
            request.Protocol,
            context.Response.StatusCode,
            bodyBytes,
            request.Headers.UserAgent,
            time.GetElapsedTime(started)));
    }
}
