using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Shacache.Http.AccessLogs;
using Shacache.Http.Answers;
using Shacache.Http.Metrics;
using Shacache.Transport;

namespace Shacache.Http;

/// <summary>Has requests answered, counts each once it is, and notes it in the access log when there is one.</summary>
internal sealed class RequestObserver(CacheServer server, RequestMetrics metrics, TimeProvider time, AccessLog? log = null)
{
    /// <summary>Has a request answered. Allocates nothing when that is done at once.</summary>
    /// <param name="context">The request.</param>
    /// <param name="connection">Its connection, when that has no other request at the same time.</param>
    public Task HandleAsync(HttpContext context, IClientConnection? connection)
    {
        long started = time.GetTimestamp();
        Exchange exchange = Exchange.Begin(context, connection);
        ValueTask answering = server.HandleAsync(context);
        if (!answering.IsCompletedSuccessfully)
            return WaitAsync(answering, context, exchange, started);
        Note(context, exchange, started);
        return Task.CompletedTask;
    }

    private async Task WaitAsync(ValueTask answering, HttpContext context, Exchange exchange, long started)
    {
        try
        {
            await answering;
        }
        finally
        {
            Note(context, exchange, started);
        }
    }

    private void Note(HttpContext context, Exchange exchange, long started)
    {
        TimeSpan elapsed = time.GetElapsedTime(started);
        metrics.Note(context, exchange, elapsed);
        if (log is null)
            return;
        HttpRequest request = context.Request;
        log.Add(new AccessLogEntry(
            time.GetUtcNow() - elapsed,
            context.Connection.RemoteIpAddress,
            request.Method,
            context.Features.Get<IHttpRequestFeature>()!.RawTarget,
            request.Protocol,
            context.Response.StatusCode,
            exchange.WrittenBytes,
            request.Headers.UserAgent,
            elapsed)
        {
            IsUnverified = exchange.IsUnverified,
        });
    }
}
