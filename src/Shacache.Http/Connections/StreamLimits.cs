using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Shacache.Http.Connections;

/// <summary>Bounds requests over HTTP/2 as connections are bounded: how many there are, and how slowly their answers are taken.</summary>
/// <remarks>The web server counts and measures connections alone, and one of them carries a hundred requests at once, each with a window of its own.</remarks>
internal sealed class StreamLimits(IOptions<KestrelServerOptions> server, TimeProvider time, ConnectionLimit? limit = null)
{
    // RFC 9113, section 7. A client may send a refused request again.
    private const int RefusedStream = 7;

    /// <summary>Has a request answered, and returns when its answer was taken or given up.</summary>
    public async Task HandleAsync(HttpContext context, RequestDelegate answer)
    {
        IHttpResetFeature stream = context.Features.Get<IHttpResetFeature>()!;
        if (limit?.TryEnterStream() == false)
        {
            stream.Reset(RefusedStream);
            return;
        }

        using var body = new PacedBody(context.Features.Get<IHttpResponseBodyFeature>()!, stream, server.Value.Limits.MinResponseDataRate, time);
        try
        {
            context.Features.Set<IHttpResponseBodyFeature>(body);
            await answer(context);

            // Until the last byte has left, the stream holds memory.
            if (!body.IsCut)
                await context.Response.CompleteAsync();
        }
        catch (Exception) when (body.IsCut || context.RequestAborted.IsCancellationRequested)
        {
            // The client has left, or was too slow.
        }
        finally
        {
            limit?.LeaveStream();
        }
    }
}
