using System.Diagnostics;
using System.Net;
using Microsoft.Extensions.Logging;
using Shacache.Core.Blobs;
using Shacache.Core.Entries;
using Shacache.Core.Retention;
using Shacache.Core.Savings;
using Shacache.Core.Transfers;
using Shacache.Http.Access;
using Shacache.Http.Answers;
using Shacache.Http.Gateway.Origins;
using Shacache.Http.Logging;
using Shacache.Http.Metrics.Recording;
using Shacache.Http.Transfers;
using Shacache.Protocol;

namespace Shacache.Http.Gateway;

/// <summary>The running transfers: one for each URL, however many clients ask for it.</summary>
internal sealed class OriginTransfers(
    OriginClient origins,
    GatewayIndex index,
    BlobIngester ingester,
    IBlobStore blobs,
    IUploadGate gate,
    GatewayOptions options,
    TimeProvider time,
    ILogger<OriginTransfers> logger)
    : IAsyncDisposable
{
    private const int PassedBytes = 64 * 1024;

    private readonly RunningTransfers<string, OriginTransfer> _running = new(options.MaxTransfers);

    /// <summary>Joins the transfer of a file, which begins unless it is under way.</summary>
    /// <param name="file">The file.</param>
    /// <param name="isNew">Whether it began with this.</param>
    /// <returns>The transfer, to be left; null when there are too many others.</returns>
    public OriginTransfer? Join(OriginFile file, out bool isNew) =>
        _running.Join(file.TransferName, () => new OriginTransfer(time, file.Promise is not null), transfer => RunAsync(file, transfer), out isNew);

    /// <summary>Joins the transfer of a file when it is under way.</summary>
    /// <returns>The transfer, to be left; null when there is none.</returns>
    public OriginTransfer? JoinRunning(OriginFile file) => _running.JoinRunning(file.TransferName);

    /// <summary>Breaks off what is still running, and waits until nothing is.</summary>
    public ValueTask DisposeAsync() => _running.DisposeAsync();

    private async Task RunAsync(OriginFile file, OriginTransfer transfer)
    {
        OriginUrl url = file.Url;
        Exception? failure = null;
        using Activity? span = Traces.Fill("origin", url.WithoutQuery);
        try
        {
            using ExchangeClock clock = origins.StartClock(_running.Stopping);
            clock.EndWithin(options.TransferTimeout);
            await TransferAsync(file, transfer, clock);
        }
        catch (GatewayException e)
        {
            if (e.IsBrokenPromise)
                Log.PromiseBroken(logger, url.WithoutQuery, e.Message);
            else
                Log.OriginFailed(logger, url.WithoutQuery, e.Message, Reason(e.InnerException));
            transfer.EndWithout(new TransferAnswer.Failed(e.Problem, e.IsOriginDown));
            failure = e;
        }
        catch (Exception e) when (e is IOException or TimeoutException or OperationCanceledException)
        {
            // The stores have exceptions of their own: these come from the origin, or from a limit.
            Problem problem = e is IOException ? GatewayProblems.Unreachable(url) : GatewayProblems.TimedOut(url);
            Log.OriginFailed(logger, url.WithoutQuery, "the transfer broke", Reason(e));
            transfer.EndWithout(new TransferAnswer.Failed(problem, IsOriginDown: true));
            failure = e;
        }
        catch (ContentBlockedException e)
        {
            Log.NotKept(logger, url.WithoutQuery, "its content is blocked");
            transfer.Refuse(GatewayProblems.Blocked(url));
            failure = e;
        }
        catch (StorageFullException e)
        {
            Log.TransferHasNoRoom(logger, url.WithoutQuery, e.GetBaseException().Message);
            transfer.EndWithout(new TransferAnswer.Failed(GatewayProblems.NoRoom(url), IsOriginDown: false));
            failure = e;
        }
        catch (Exception e)
        {
            // The boundary of a transfer: whatever happened, those who wait must be told.
            string traceId = Guid.NewGuid().ToString("N");
            Log.TransferFailed(logger, url.WithoutQuery, traceId, e);
            transfer.EndWithout(new TransferAnswer.Failed(ErrorMapping.FromException(e, traceId), IsOriginDown: false));
            failure = e;
        }
        finally
        {
            span?.SetTag("shacache.bytes", transfer.AvailableBytes);
            if (failure is not null)
                span.Fail(failure.Message);
            _running.Remove(file.TransferName);
            transfer.End(failure);
            transfer.NoteOutcome(failure);
            transfer.Leave();
        }
    }

    private static string Reason(Exception? failure) => failure?.GetBaseException().Message.ReplaceLineEndings(" ") ?? "as it answered";

    private async Task TransferAsync(OriginFile file, OriginTransfer transfer, ExchangeClock clock)
    {
        OriginMetadata? known = null;
        await using (GatewayCopy? copy = await index.FindAsync(file, clock.Token))
        {
            // The client looked before it came here; another transfer may have ended in between.
            if (copy is not null && !file.IsMoving)
            {
                transfer.EndWithout(new TransferAnswer.Stored());
                return;
            }

            known = copy?.Metadata;
        }

        long askedAt = time.GetTimestamp();
        using HttpResponseMessage answer = await origins.SendAsync(file.Ask(HttpMethod.Get) with { Known = known }, file.Url, clock);
        if (answer.StatusCode == HttpStatusCode.NotModified)
        {
            transfer.EndWithout(new TransferAnswer.Stored());
            return;
        }

        await ReceiveAsync(file, transfer, answer, askedAt, clock);
    }

    private async Task ReceiveAsync(OriginFile file, OriginTransfer transfer, HttpResponseMessage answer, long askedAt, ExchangeClock clock)
    {
        OriginUrl url = file.Url;
        CancellationToken cancellationToken = clock.Token;
        long? length = answer.Content.Headers.ContentLength;
        if (length > options.MaxFileBytes)
            throw new GatewayException(GatewayProblems.TooLarge(url, options.MaxFileBytes));
        var metadata = OriginMetadata.Of(answer);
        await using Stream body = await answer.Content.ReadAsStreamAsync(cancellationToken);
        await using var limited = new PacedStream(body, clock);

        // What was promised is told by its hash alone.
        bool isFile = file.Promise is null && WebPage.IsUnexpectedAt(url.Text);
        byte[] beginning = isFile ? await ReadBeginningAsync(limited, cancellationToken) : [];
        bool isPage = isFile && WebPage.Is(beginning, metadata.ContentType);

        string? notKept = FindReasonNotToKeep(file, answer, isPage);
        transfer.Begin(
            SpoolFile.Create(options.SpoolFolder, length), new TransferAnswer.Coming(metadata, length, notKept is null) { Warning = isPage ? GatewayHeaders.PageWarning : null });
        await using var whole = new PrefixedStream(beginning, limited);
        await using Stream promised = file.Promise is { } promise ? new PromisedStream(whole, url, promise) : whole;
        await using var source = new TransferredStream(promised, transfer);
        if (notKept is not null)
        {
            await PassOnAsync(url, source, cancellationToken);
            Log.NotKept(logger, url.WithoutQuery, notKept);
            return;
        }

        IngestResult result;
        try
        {
            result = await ingester.IngestAsync(source, length, options.MaxFileBytes, expected: null, cancellationToken);
        }
        catch (StorageFullException e) when (e is not SpoolException)
        {
            Log.NotKept(logger, url.WithoutQuery, e.Message);
            await PassOnAsync(url, source, cancellationToken);
            return;
        }

        if (result.Status == IngestStatus.TooLarge)
            throw new GatewayException(GatewayProblems.TooLarge(url, options.MaxFileBytes));
        if (result.Status is not (IngestStatus.Created or IngestStatus.AlreadyStored))
            throw new GatewayException(GatewayProblems.Unreachable(url));

        if (result.Status == IngestStatus.Created)
            blobs.Uses.NoteOrigin(result.Digest, CacheKind.Gateway, time.GetElapsedTime(askedAt));
        EntryKey? key = await index.AddAsync(file, result.Digest, metadata, cancellationToken);
        await gate.RecordFetchAsync(url.WithoutQuery, result.Digest, result.LengthBytes, key, cancellationToken);
        Log.Fetched(logger, url.WithoutQuery, result.LengthBytes);
    }

    /// <summary>Why a file is only passed on; null when it is kept. What an index promised is kept whatever the origin says: it is public, and known to be right.</summary>
    private string? FindReasonNotToKeep(OriginFile file, HttpResponseMessage answer, bool isPage)
    {
        if (file.Promise is not null)
            return null;
        if (isPage)
            return "a web page came where a file was asked for";

        // Where only the end of the connection is the end of the file, it may have broken in the middle.
        return BodyLength.IsTold(answer) ? KeepingRules.FindRefusal(answer, options, allowsCookies: false) : "only the end of the connection was its end";
    }

    private static async Task<byte[]> ReadBeginningAsync(Stream body, CancellationToken cancellationToken)
    {
        byte[] bytes = new byte[WebPage.SampleBytes];
        int count = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        return bytes[..count];
    }

    /// <summary>Lets those who follow have the file, and forgets it.</summary>
    private async Task PassOnAsync(OriginUrl url, TransferredStream source, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[PassedBytes];
        long count = 0;
        for (int read; (read = await source.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            count += read;
            if (count > options.MaxFileBytes)
                throw new GatewayException(GatewayProblems.TooLarge(url, options.MaxFileBytes));
        }
    }
}
