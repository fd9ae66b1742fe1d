using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Shacache.Core.Transfers;
using Shacache.Http.Answers;
using Shacache.Http.Gateway.Origins;
using Shacache.Http.Logging;

namespace Shacache.Http.Gateway;

/// <summary>Sends a file to a client while it comes from its origin.</summary>
internal static class GatewayFollower
{
    private const int ReadBytes = 64 * 1024;

    /// <summary>Sends what the client wants of it, as soon as that came. When the transfer breaks, the connection is cut, so that the part cannot look whole.</summary>
    /// <param name="context">The request.</param>
    /// <param name="transfer">Where it comes from.</param>
    /// <param name="answer">How the origin answered.</param>
    /// <param name="noteSent">Told how many bytes were sent, however it ends.</param>
    /// <param name="logger">For what breaks.</param>
    public static async ValueTask SendAsync(HttpContext context, OriginTransfer transfer, TransferAnswer.Coming answer, Action<long> noteSent, ILogger logger)
    {
        HttpResponse response = context.Response;
        CancellationToken cancellationToken = context.RequestAborted;
        if (transfer.IsPromised && await FindFailureAsync(transfer, cancellationToken) is { } failure)
        {
            await ErrorResponse.WriteAsync(context, failure);
            return;
        }

        if (answer.Warning is { } warning)
            response.Headers.Warning = warning;
        if (await GatewayConditions.BeginAsync(context, answer.Metadata, answer.LengthBytes, answer.IsKept ? "miss" : "pass") is not { } range)
            return;
        await response.StartAsync(cancellationToken);
        PipeWriter writer = response.BodyWriter;
        await writer.FlushAsync(cancellationToken);
        long offset = range.Offset;
        long end = range.Offset + range.Length;
        try
        {
            // Of a file of known length the last byte comes only when the transfer has ended well.
            for (long available; (offset < end || end == answer.LengthBytes) && (available = Math.Min(end, await transfer.WaitBeyondAsync(offset, cancellationToken))) > offset;)
            {
                while (offset < available)
                {
                    int read = transfer.Read(writer.GetSpan(ReadBytes)[..(int)Math.Min(ReadBytes, available - offset)], offset);
                    writer.Advance(read);
                    offset += read;
                    if ((await writer.FlushAsync(cancellationToken)).IsCompleted && offset < end)
                    {
                        // The client hung up.
                        context.Abort();
                        return;
                    }
                }
            }
        }
        catch (TransferBrokenException e)
        {
            Log.FollowerCut(logger, context.Request.Path, e.Message);
            context.Abort();
        }
        finally
        {
            noteSent(offset - range.Offset);
        }
    }

    /// <summary>Waits for the first byte that may be shown.</summary>
    /// <returns>Why none will be; null when there is one, or the file is empty.</returns>
    private static async ValueTask<Problem?> FindFailureAsync(OriginTransfer transfer, CancellationToken cancellationToken)
    {
        try
        {
            await transfer.WaitBeyondAsync(0, cancellationToken);
            return null;
        }
        catch (TransferBrokenException e) when (e.InnerException is GatewayException refusal)
        {
            return refusal.Problem;
        }
        catch (TransferBrokenException)
        {
            return GatewayProblems.BrokenOff;
        }
    }
}
