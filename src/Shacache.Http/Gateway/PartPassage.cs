using System.IO.Pipelines;
using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Shacache.Core.Blobs;
using Shacache.Core.Savings;
using Shacache.Http.Answers;
using Shacache.Http.Content;
using Shacache.Http.Gateway.Origins;
using Shacache.Http.Logging;
using Shacache.Http.Transfers;
using Shacache.Protocol;

namespace Shacache.Http.Gateway;

/// <summary>Passes parts of files straight from their origins to clients, at the clients' pace. Nothing is kept, and nothing but the part is transferred.</summary>
internal sealed class PartPassage(OriginClient origins, IBlobStore blobs, GatewayOptions options, ILogger<PartPassage> logger)
{
    private const int ReadBytes = 64 * 1024;

    private int _running;

    /// <summary>Answers with the part that the request asks for.</summary>
    /// <param name="context">The request.</param>
    /// <param name="file">The file.</param>
    /// <param name="part">The value of Range (<see cref="GatewayConditions.FindPart"/>).</param>
    /// <param name="copy">An earlier copy, to be answered from when the origin has nothing newer; null when there is none.</param>
    /// <returns>False when the part is to be taken from a transfer: the origin has only the whole, or too many pass already.</returns>
    /// <exception cref="GatewayException">The origin does not answer.</exception>
    public async ValueTask<bool> TrySendAsync(HttpContext context, OriginFile file, string part, GatewayCopy? copy)
    {
        // As many as there may be transfers: these run as slowly as their clients, and must not take the places of those.
        if (Interlocked.Increment(ref _running) > options.MaxTransfers)
        {
            Interlocked.Decrement(ref _running);
            return false;
        }

        try
        {
            string? ifRange = context.Request.Headers.IfRange is [{ } condition] ? condition : null;
            OriginQuestion question = file.Ask(HttpMethod.Get) with { Known = copy?.Metadata, Range = part, IfRange = ifRange };
            using ExchangeClock clock = origins.StartClock(context.RequestAborted);
            using HttpResponseMessage answer = await origins.SendAsync(question, file.Url, clock);
            switch (answer.StatusCode)
            {
                case HttpStatusCode.NotModified:
                    await copy!.SendAsync(context, "revalidated");
                    return true;
                case HttpStatusCode.RequestedRangeNotSatisfiable when answer.Content.Headers.ContentRange is { Length: { } length }:
                    await GatewayConditions.RefuseRangeAsync(context, length);
                    return true;
                case HttpStatusCode.PartialContent when FindRange(answer, part) is { } range:
                    Exchange.Of(context)?.IsUnverified = true;
                    await PassAsync(context, file.Url, answer, range, clock);
                    return true;
                default:
                    return false;
            }
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    /// <summary>What the origin sends, when that begins where it was asked to and is not more than that; null otherwise.</summary>
    private static ContentRangeHeaderValue? FindRange(HttpResponseMessage answer, string part)
    {
        if (answer.Content.Headers.ContentRange is not { Unit: "bytes", From: { } from, To: { } to } range)
            return null;
        ByteRange wanted = ByteRange.Parse(part, range.Length ?? long.MaxValue);
        return wanted.Kind == ByteRangeKind.Part && from == wanted.Offset && to - from < wanted.Length &&
            (answer.Content.Headers.ContentLength ?? to - from + 1) == to - from + 1
            ? range
            : null;
    }

    private async ValueTask PassAsync(HttpContext context, OriginUrl url, HttpResponseMessage answer, ContentRangeHeaderValue range, ExchangeClock clock)
    {
        long length = range.To!.Value - range.From!.Value + 1;
        if (Math.Max(length, range.Length ?? 0) > options.MaxFileBytes)
            throw new GatewayException(GatewayProblems.TooLarge(url, options.MaxFileBytes));
        clock.EndWithin(options.TransferTimeout);
        CancellationToken cancellationToken = clock.Token;
        HttpResponse response = context.Response;
        GatewayHeaders.Write(context, OriginMetadata.Of(answer), "pass");
        response.Headers.AcceptRanges = "bytes";
        response.Headers.ContentRange = range.ToString();
        response.ContentLength = length;
        response.StatusCode = StatusCodes.Status206PartialContent;
        await response.StartAsync(cancellationToken);
        PipeWriter writer = response.BodyWriter;
        long sent = 0;
        try
        {
            await using Stream body = await answer.Content.ReadAsStreamAsync(cancellationToken);
            await using var limited = new PacedStream(body, clock);
            while (sent < length)
            {
                int read = await limited.ReadAsync(writer.GetMemory(ReadBytes)[..(int)Math.Min(ReadBytes, length - sent)], cancellationToken);
                writer.Advance(read);
                sent += read;
                if (read == 0 || ((await writer.FlushAsync(cancellationToken)).IsCompleted && sent < length))
                    throw new IOException("One of the two hung up.");
            }
        }
        catch (Exception e) when (e is IOException or TimeoutException or OperationCanceledException or HttpRequestException)
        {
            // So that the piece of the part does not look like the whole part.
            Log.FollowerCut(logger, url.WithoutQuery, e.Message);
            context.Abort();
        }
        finally
        {
            blobs.Uses.NoteTraffic(new Traffic(CacheKind.Gateway, 1, 0, sent), savedBytes: 0);
        }
    }
}
