using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Shacache.Http.AccessLogs;

/// <summary>Notes every request once it is answered. Not in the pipeline at all when there is no access log.</summary>
internal sealed class AccessLogMiddleware(AccessLog log, TimeProvider time)
{
    public async Task HandleAsync(HttpContext context, RequestDelegate answer)
    {
        DateTimeOffset startedAt = time.GetUtcNow();
        long started = time.GetTimestamp();
        var body = new CountedBody(context.Features.Get<IHttpResponseBodyFeature>()!);
        context.Features.Set<IHttpResponseBodyFeature>(body);
        await answer(context);
        HttpRequest request = context.Request;
        log.Add(new AccessLogEntry(
            startedAt,
            context.Connection.RemoteIpAddress,
            request.Method,
            context.Features.Get<IHttpRequestFeature>()!.RawTarget,
            request.Protocol,
            context.Response.StatusCode,
            body.WrittenBytes,
            request.Headers.UserAgent,
            time.GetElapsedTime(started)));
    }
}
