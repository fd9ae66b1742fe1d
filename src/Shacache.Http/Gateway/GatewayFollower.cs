using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Shacache.Http.Transfers;

namespace Shacache.Http.Gateway;

/// <summary>Sends a file to a client while it comes from its origin.</summary>
internal static class GatewayFollower
{
    private const int ReadBytes = 64 * 1024;

    /// <summary>Sends all of it. When the transfer breaks, the connection is cut, so that the part cannot look whole.</summary>
    /// <returns>The number of body bytes that were sent.</returns>
    public static async ValueTask<long> SendAsync(HttpContext context, OriginTransfer transfer, TransferAnswer.Coming answer, ILogger logger)
    {
        HttpResponse response = context.Response;
        CancellationToken cancellationToken = context.RequestAborted;
        GatewayHeaders.Write(response.Headers, answer.Metadata, "miss");
        response.ContentLength = answer.LengthBytes;
        await response.StartAsync(cancellationToken);
        PipeWriter writer = response.BodyWriter;
        await writer.FlushAsync(cancellationToken);
        long sent = 0;
        try
        {
            for (long available; (available = await transfer.WaitBeyondAsync(sent, cancellationToken)) > sent;)
            {
                while (sent < available)
                {
                    int read = transfer.Read(writer.GetSpan(ReadBytes)[..(int)Math.Min(ReadBytes, available - sent)], sent);
                    writer.Advance(read);
                    sent += read;
                    if ((await writer.FlushAsync(cancellationToken)).IsCompleted && sent != answer.LengthBytes)
                    {
                        // Nobody takes the rest: the client hung up.
                        context.Abort();
                        return sent;
                    }
                }
            }
        }
        catch (TransferBrokenException e)
        {
            Log.FollowerCut(logger, context.Request.Path, e.Message);
            context.Abort();
        }

        return sent;
    }
}
