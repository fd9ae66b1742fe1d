using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using Shacache.Client.Configuration;
using Shacache.Client.Http;
using Shacache.Core.Blobs;

namespace Shacache.Client;

/// <summary>Downloads one file from its origin over any number of attempts: each goes on where the one before broke off, when the server can.</summary>
internal sealed class OriginDownload(
    HttpTransport transport, NetworkCacheOptions options, OriginUrl url, VerifiedDestination destination, IProgress<TransferProgress>? progress)
{
    private const int PieceBytes = 128 * 1024;

    /// <summary>By what the server knows that it still has the same bytes; null when the next attempt begins at the first.</summary>
    private RangeConditionHeaderValue? _resumable;
    private OriginValidators _validators = new(null, null);
    private long? _totalBytes;

    /// <summary>The state of the file that need not be sent again.</summary>
    public OriginValidators? Known { get; init; }

    /// <summary>One attempt.</summary>
    /// <returns>What came; null when the origin still has the known state.</returns>
    public async Task<OriginAnswer?> DownloadAsync(CacheUrl server, CancellationToken cancellationToken)
    {
        bool resumes = _resumable is not null && destination.LengthBytes > 0;
        var request = new CacheRequest(HttpMethod.Get, server, url.Uri)
        {
            Range = resumes ? new RangeHeaderValue(destination.LengthBytes, null) : null,
            IfRange = _resumable,
            IfNoneMatch = resumes ? null : Known?.EntityTag,
            IfModifiedSince = resumes ? null : Known?.LastModified,
        };
        using TransferClock clock = transport.StartClock(cancellationToken);
        using HttpResponseMessage response = await transport.SendAsync(request, clock).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.NotModified && !resumes && Known is { IsEmpty: false })
            return null;
        if (resumes && response.StatusCode == HttpStatusCode.PartialContent)
            EnsureContinues(request, response);
        else if (response.StatusCode == HttpStatusCode.OK)
            BeginAnew(request, response);
        else if (resumes && response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
            throw LosesRange(request, "the server no longer has the rest");
        else
            throw await transport.ReadFailureAsync(request, response, clock).ConfigureAwait(false);

        await CopyAsync(request, response, clock, cancellationToken).ConfigureAwait(false);
        long lengthBytes = destination.LengthBytes;
        Digest digest = await destination.FinishAsync(cancellationToken).ConfigureAwait(false);
        return new OriginAnswer(digest, lengthBytes, _validators);
    }

    private void BeginAnew(CacheRequest request, HttpResponseMessage response)
    {
        _totalBytes = response.Content.Headers.ContentLength;
        if (_totalBytes > options.MaxContentBytes)
            throw TooLarge(request);
        destination.BeginAnew();
        _validators = OriginValidators.From(response);
        bool canResume = _totalBytes is not null && response.Headers.AcceptRanges.Contains("bytes");
        _resumable = !canResume ? null
            : response.Headers.ETag is { IsWeak: false } tag ? new RangeConditionHeaderValue(tag)
            : response.Content.Headers.LastModified is { } date ? new RangeConditionHeaderValue(date)
            : null;
    }

    private void EnsureContinues(CacheRequest request, HttpResponseMessage response)
    {
        ContentRangeHeaderValue? range = response.Content.Headers.ContentRange;
        if (range?.Unit != "bytes" || range.From != destination.LengthBytes || range.To != _totalBytes - 1 || (range.HasLength && range.Length != _totalBytes))
            throw LosesRange(request, $"the server sends another range ({OneLine.Of($"{range}")}) than the rest from byte {destination.LengthBytes} on");
    }

    private async Task CopyAsync(CacheRequest request, HttpResponseMessage response, TransferClock clock, CancellationToken cancellationToken)
    {
        byte[] piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            int read;
            while ((read = await ReadAsync(request, response, piece, clock).ConfigureAwait(false)) > 0)
            {
                if (destination.LengthBytes + read > options.MaxContentBytes)
                    throw TooLarge(request);
                await destination.WriteAsync(piece.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                progress?.Report(new TransferProgress(TransferStage.Fetching, destination.LengthBytes, _totalBytes));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }

        if (destination.LengthBytes < _totalBytes)
            throw new RequestFailure(FailureKind.Transient, $"{request}: broke off after {destination.LengthBytes} of {_totalBytes} bytes");
    }

    private async ValueTask<int> ReadAsync(CacheRequest request, HttpResponseMessage response, byte[] piece, TransferClock clock)
    {
        clock.Wait(options.StallTimeout, "further byte");
        try
        {
            Stream body = await response.Content.ReadAsStreamAsync(clock.Token).ConfigureAwait(false);
            int read = await body.ReadAsync(piece.AsMemory(0, PieceBytes), clock.Token).ConfigureAwait(false);
            clock.Pause();
            return read;
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !clock.IsCancelledByCaller))
        {
            throw HttpTransport.Explain(request, e, clock, $" (after {destination.LengthBytes} bytes)");
        }
    }

    private RequestFailure LosesRange(CacheRequest request, string problem)
    {
        _resumable = null;
        return new RequestFailure(FailureKind.Transient, $"{request}: {problem}");
    }

    private RequestFailure TooLarge(CacheRequest request) =>
        new(FailureKind.Unusable, $"{request}: the file is larger than the {options.MaxContentBytes} bytes that this client accepts");
}
