using System.Net;
using System.Net.Http.Headers;
using Shacache.Client.Checksums;
using Shacache.Client.Configuration;
using Shacache.Client.Errors;
using Shacache.Client.Http;
using Shacache.Client.Transfers;
using Shacache.Core.Blobs;
using Shacache.Protocol;

namespace Shacache.Client.Downloads;

/// <summary>Downloads one file from its origin over any number of attempts: each goes on where the one before broke off, when the server can.</summary>
internal sealed class OriginDownload(
    HttpTransport transport, NetworkCacheOptions options, OriginUrl url, VerifiedDestination destination, IProgress<TransferProgress>? progress)
{
    private readonly BodyCopier _body = new(options, destination, TransferStage.Fetching, progress);

    /// <summary>By what the server knows that it still has the same bytes; null when the next attempt begins at the first.</summary>
    private RangeConditionHeaderValue? _resumable;
    private OriginValidators _validators = new(null, null);
    private long? _totalBytes;

    /// <summary>The state of the file that need not be sent again.</summary>
    private OriginValidators? Known { get; init; }

    /// <summary>Downloads with retries, and compares with the checksums that the destination expects.</summary>
    /// <param name="transport">How the origin is asked.</param>
    /// <param name="options">Retries and limits.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="url">The file.</param>
    /// <param name="known">The state that need not be sent again; null for none.</param>
    /// <param name="destination">Where it goes; at its beginning afterwards unless a file came.</param>
    /// <param name="progress">Told after each piece.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>What came; null when the origin still has the known state.</returns>
    /// <exception cref="ChecksumMismatchException">Something else came.</exception>
    /// <exception cref="NetworkCacheException">It did not come whole.</exception>
    public static async Task<OriginAnswer?> RunAsync(
        HttpTransport transport, NetworkCacheOptions options, TimeProvider timeProvider, OriginUrl url, OriginValidators? known,
        VerifiedDestination destination, IProgress<TransferProgress>? progress, CancellationToken cancellationToken)
    {
        var download = new OriginDownload(transport, options, url, destination, progress) { Known = known };
        OriginAnswer? answer = await new Failover(options, timeProvider).RunAsync(
            [url.Server], "the URL", null, download.DownloadAsync, cancellationToken).ConfigureAwait(false);
        if (answer is null || destination.FindWrongChecksum() is not { } wrong)
            return answer;
        throw new ChecksumMismatchException(
            $"{url}: the {answer.LengthBytes} bytes that the origin sent have {wrong.Actual}, not {wrong.Expected}. Nothing was written. " +
            $"Check the URL and the {wrong.Expected.Name}.", wrong.Expected, wrong.Actual);
    }

    /// <summary>One attempt.</summary>
    /// <returns>What came; null when the origin still has the known state.</returns>
    private async Task<OriginAnswer?> DownloadAsync(CacheUrl server, CancellationToken cancellationToken)
    {
        bool resumes = _resumable is not null && destination.LengthBytes > 0;
        var request = new CacheRequest(HttpMethod.Get, server, url.Uri)
        {
            KeepsTls = true,
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

        await _body.CopyAsync(request, response, _totalBytes, clock, cancellationToken).ConfigureAwait(false);
        long lengthBytes = destination.LengthBytes;
        Digest digest = await destination.FinishAsync(cancellationToken).ConfigureAwait(false);
        bool isWhole = _totalBytes is not null || BodyLength.IsTold(response);
        return new OriginAnswer(digest, lengthBytes, _validators, isWhole) { MediaType = response.Content.Headers.ContentType?.MediaType };
    }

    private void BeginAnew(CacheRequest request, HttpResponseMessage response)
    {
        if (BodyLength.FindContradiction(response) is { } contradiction)
            throw new RequestFailure(FailureKind.Unusable, $"{request}: the answer has {contradiction}, so that it cannot be known what the file is");
        _totalBytes = response.Content.Headers.ContentLength;
        _body.EnsureAccepted(request, _totalBytes);
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
        if (_body.FindRangeProblem(response, _totalBytes) is { } problem)
            throw LosesRange(request, problem);
    }

    private RequestFailure LosesRange(CacheRequest request, string problem)
    {
        _resumable = null;
        return new RequestFailure(FailureKind.Transient, $"{request}: {problem}");
    }
}
