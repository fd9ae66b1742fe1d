using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Shacache.Core.Transfers;
using Shacache.Http.Answers;
using Shacache.Http.Metrics;
using Shacache.Protocol;
using Shacache.Transport;

namespace Shacache.Http;

/// <summary>Bounds requests over HTTP/2 as connections are bounded: how many there are, how slowly they come, and how slowly their answers are taken.</summary>
/// <remarks>The web server counts and measures connections alone, and one of them carries a hundred requests at once, each with a window of its own.</remarks>
internal sealed class StreamLimits(IOptions<KestrelServerOptions> server, TimeProvider time, ConnectionLimit limit, RequestMetrics metrics)
{
    // RFC 9113, section 7. A client may send a refused request again.
    private const int RefusedStream = 7;

    /// <summary>Has a request answered, and returns when its answer was taken or given up.</summary>
    public async Task HandleAsync(HttpContext context, RequestDelegate answer)
    {
        IHttpResetFeature stream = context.Features.Get<IHttpResetFeature>()!;
        if (!limit.TryEnterStream())
        {
            metrics.NoteRefusedStream(context);
            stream.Reset(RefusedStream);
            return;
        }

        KestrelServerLimits limits = server.Value.Limits;
        if (limits.MinRequestBodyDataRate is { } uploadRate && context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true })
            context.Request.Body = new PacedUpload(context.Request.Body, uploadRate, time);
        using var body = new PacedBody(context.Features.Get<IHttpResponseBodyFeature>()!, stream, context.Features.Get<IClientConnection>(), limits.MinResponseDataRate, time);
        try
        {
            context.Features.Set<IHttpResponseBodyFeature>(body);
            context.Features.Set(body);
            await answer(context);

            // Until the last byte has left, the stream holds memory.
            if (!body.IsCut)
                await context.Response.CompleteAsync();
        }
        catch (Exception e) when (body.IsCut || context.RequestAborted.IsCancellationRequested || (e is InvalidOperationException && context.Response.HasStarted))
        {
            // The client has left, or was too slow, or the answer was given up in its middle.
            context.Abort();
        }
        finally
        {
            limit.LeaveStream();
        }
    }

    /// <summary>The body of a request, which fails once its client is too slow.</summary>
    private sealed class PacedUpload(Stream body, MinDataRate rate, TimeProvider time) : ForwardStream
    {
        private readonly TransferPace _pace = new((long)rate.BytesPerSecond, rate.GracePeriod, time);

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            try
            {
                return await _pace.ReadAsync(body, buffer, cancellationToken);
            }
            catch (TimeoutException e)
            {
                throw new Microsoft.AspNetCore.Http.BadHttpRequestException(e.Message, StatusCodes.Status408RequestTimeout, e);
            }
        }
    }
}
