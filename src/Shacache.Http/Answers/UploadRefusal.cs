using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Shacache.Transport;

namespace Shacache.Http.Answers;

/// <summary>Refuses a request whose body was not read to its end.</summary>
/// <remarks>
/// A connection that is closed while the client still sends is reset, and the reset may overtake the answer; clients that
/// send everything before they read (the Python client does) would never see it. So the answer goes out first, and then
/// some of the body is read and dropped. A client that waits for 100 Continue sends nothing: its connection is closed.
/// So is that of a body which cannot be read, as nothing tells its end: the connection itself takes what comes for a while.
/// </remarks>
internal static class UploadRefusal
{
    private const long MaxDrainedBytes = 64L << 20;
    private static readonly TimeSpan MaxDrain = TimeSpan.FromSeconds(5);

    /// <summary>Answers, then drains within bounds.</summary>
    public static ValueTask WriteAsync(HttpContext context, Problem problem) => WriteAsync(context, problem, isBodyReadable: true);

    /// <summary>Answers a request whose body is malformed, and closes its connection.</summary>
    public static ValueTask WriteAndEndAsync(HttpContext context, Problem problem) => WriteAsync(context, problem, isBodyReadable: false);

    private static async ValueTask WriteAsync(HttpContext context, Problem problem, bool isBodyReadable)
    {
        HttpRequest request = context.Request;
        bool hasBody = context.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: true };
        bool waitsForContinue = hasBody && request.Headers.Expect.Count > 0;
        if (!isBodyReadable || waitsForContinue || request.ContentLength > MaxDrainedBytes)
            context.CloseAfterAnswer();
        await ErrorResponse.WriteAsync(context, problem);
        if (!hasBody)
            return;
        if (isBodyReadable && !waitsForContinue)
        {
            await context.Response.CompleteAsync();
            if (await TryDrainAsync(context, context.Request.BodyReader))
                return;
        }

        // The web server would go on reading for five seconds, as much as comes, and then reset the connection.
        if (!HttpProtocol.IsHttp2(request.Protocol))
            context.Features.Get<IClientConnection>()?.End();
    }

    /// <summary>Refuses a method, and names those that there are.</summary>
    public static ValueTask WriteMethodUnknownAsync(HttpContext context, string allow)
    {
        context.Response.Headers.Allow = allow;
        return WriteAsync(context, ErrorMapping.MethodUnknown(context.Request.Method, allow));
    }

    /// <returns>Whether the body was read to its end.</returns>
    private static async ValueTask<bool> TryDrainAsync(HttpContext context, PipeReader body)
    {
        Exchange? exchange = Exchange.Of(context);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        limit.CancelAfter(MaxDrain);

        // A read that a token ends leaves the reader unusable, and Kestrel, which goes on with it, would log an error.
        using CancellationTokenRegistration end = limit.Token.Register(body.CancelPendingRead);
        try
        {
            for (long drained = 0; drained < MaxDrainedBytes;)
            {
                ReadResult read = await body.ReadAsync(CancellationToken.None);
                drained += read.Buffer.Length;
                exchange?.NoteReceived(read.Buffer.Length);
                body.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted || read.IsCanceled)
                    return read.IsCompleted;
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The answer is out; a body that ends badly or late has nothing more to say.
        }

        return false;
    }
}
