using System.Net;
using Shacache.Client.Checksums;
using Shacache.Client.Configuration;
using Shacache.Client.Errors;
using Shacache.Client.Http;
using Shacache.Client.Transfers;
using Shacache.Core.Blobs;
using Shacache.Protocol;

namespace Shacache.Client.Downloads;

/// <summary>Downloads one file from its origin, of which nothing is known but what the origin says.</summary>
internal sealed class OriginDownload
{
    private readonly OriginUrl _url;
    private readonly OriginValidators? _known;
    private readonly VerifiedDestination _destination;
    private readonly ResumableDownload _download;
    private OriginValidators _validators = new(null, null);
    private bool _hasLength;

    private OriginDownload(
        HttpTransport transport, NetworkCacheOptions options, OriginUrl url, OriginValidators? known, VerifiedDestination destination,
        IProgress<TransferProgress>? progress)
    {
        _url = url;
        _known = known;
        _destination = destination;
        _download = new ResumableDownload(transport, options, destination, TransferStage.Fetching, progress)
        {
            FindProblem = answer => BodyLength.FindContradiction(answer) is { } contradiction
                ? $"the answer has {contradiction}, so that it cannot be known what the file is"
                : null,
            FindCondition = answer => ResumePoint.FindTag(answer) ?? answer.Content.Headers.LastModified?.ToString("R"),
            OnBegin = answer =>
            {
                _validators = OriginValidators.From(answer);
                _hasLength = answer.Content.Headers.ContentLength is not null;
            },
        };
    }

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
        long began = timeProvider.GetTimestamp();
        var download = new OriginDownload(transport, options, url, known, destination, progress);
        OriginAnswer? answer = await new Failover(options, timeProvider).RunAsync(
            [url.Server], "the URL", null, download.DownloadAsync, cancellationToken).ConfigureAwait(false);
        if (answer is null || destination.FindWrongChecksum() is not { } wrong)
            return answer is null ? null : answer with { TransferTime = timeProvider.GetElapsedTime(began) };
        throw new ChecksumMismatchException(
            $"{url}: the {answer.LengthBytes} bytes that the origin sent have {wrong.Actual}, not {wrong.Expected}. Nothing was written. " +
            $"Check the URL and the {wrong.Expected.Name}.", wrong.Expected, wrong.Actual);
    }

    /// <summary>One attempt.</summary>
    /// <returns>What came; null when the origin still has the known state.</returns>
    private async Task<OriginAnswer?> DownloadAsync(CacheUrl server, CancellationToken cancellationToken)
    {
        var request = new CacheRequest(HttpMethod.Get, server, _url.Uri)
        {
            KeepsTls = true,
            IfNoneMatch = _known?.EntityTag,
            IfModifiedSince = _known?.LastModified,
        };
        using HttpResponseMessage response = await _download.ReceiveAsync(request, cancellationToken).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.NotModified)
            return null;
        long lengthBytes = _destination.LengthBytes;
        Digest digest = await _destination.FinishAsync(cancellationToken).ConfigureAwait(false);
        bool isWhole = _hasLength || BodyLength.IsTold(response);
        return new OriginAnswer(digest, lengthBytes, _validators, isWhole) { MediaType = response.Content.Headers.ContentType?.MediaType };
    }
}

/// <summary>What the origin sent.</summary>
/// <param name="Digest">Of its bytes.</param>
/// <param name="LengthBytes">Their number.</param>
/// <param name="Validators">By which it will know this state again.</param>
/// <param name="IsWhole">False when the end of the connection was the only end: it may as well have broken.</param>
internal sealed record OriginAnswer(Digest Digest, long LengthBytes, OriginValidators Validators, bool IsWhole)
{
    /// <summary>How long it took to come, with all attempts.</summary>
    public TimeSpan TransferTime { get; init; }

    /// <summary>What the origin says it is; null when it does not say.</summary>
    public string? MediaType { get; init; }
}
