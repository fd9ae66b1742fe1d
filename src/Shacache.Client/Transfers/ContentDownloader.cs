using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using Shacache.Client.Configuration;
using Shacache.Client.Http;
using Shacache.Core.Blobs;

namespace Shacache.Client;

/// <summary>Downloads one content over any number of attempts: each goes on where the one before broke off, when the server can.</summary>
internal sealed class ContentDownloader(
    HttpTransport transport, NetworkCacheOptions options, Digest digest, VerifiedDestination destination, IProgress<TransferProgress>? progress)
{
    private const int PieceBytes = 128 * 1024;

    /// <summary>The server whose transfer broke off, and can be resumed; null when the next attempt begins at the first byte.</summary>
    private CacheUrl? _resumableAt;
    private EntityTagHeaderValue? _tag;
    private long? _totalBytes;

    /// <summary>One attempt at one server.</summary>
    public async Task<DownloadResult> DownloadAsync(CacheUrl server, CancellationToken cancellationToken)
    {
        bool resumes = ReferenceEquals(_resumableAt, server) && destination.LengthBytes > 0;
        var request = new CacheRequest(HttpMethod.Get, server, server.Append(digest.ToString()))
        {
            Range = resumes ? new RangeHeaderValue(destination.LengthBytes, null) : null,
            IfRange = resumes && _tag is not null ? new RangeConditionHeaderValue(_tag) : null,
        };
        using TransferClock clock = transport.StartClock(cancellationToken);
        using HttpResponseMessage response = await transport.SendAsync(request, clock).ConfigureAwait(false);
        if (resumes && response.StatusCode == HttpStatusCode.PartialContent)
            EnsureContinues(request, response);
        else if (response.StatusCode == HttpStatusCode.OK)
            BeginAnew(request, server, response);
        else if (resumes && response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
            throw LosesRange(request, "the server no longer has the rest");
        else
            throw await transport.ReadFailureAsync(request, response, clock).ConfigureAwait(false);

        await CopyAsync(request, response, clock, cancellationToken).ConfigureAwait(false);
        await VerifyAsync(request, cancellationToken).ConfigureAwait(false);
        return new DownloadResult(digest, destination.LengthBytes, server.Uri);
    }

    private void BeginAnew(CacheRequest request, CacheUrl server, HttpResponseMessage response)
    {
        if (response.Content.Headers.ContentEncoding.Any(encoding => !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)))
            throw new RequestFailure(FailureKind.Unusable, $"{request}: the server sends an encoded body, which was not asked for");
        long? length = response.Content.Headers.ContentLength;
        if (length > options.MaxContentBytes)
            throw TooLarge(request);
        destination.BeginAnew();
        _totalBytes = length;
        _resumableAt = length is not null && response.Headers.AcceptRanges.Contains("bytes") ? server : null;
        _tag = response.Headers.ETag is { IsWeak: false } tag ? tag : null;
    }

    private void EnsureContinues(CacheRequest request, HttpResponseMessage response)
    {
        ContentRangeHeaderValue? range = response.Content.Headers.ContentRange;
        if (range?.Unit != "bytes" || range.From != destination.LengthBytes || range.To != _totalBytes - 1 || (range.HasLength && range.Length != _totalBytes))
            throw LosesRange(request, $"the server sends another range ({range}) than the rest from byte {destination.LengthBytes} on");
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
                progress?.Report(new TransferProgress(TransferStage.Downloading, destination.LengthBytes, _totalBytes));
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

    private async Task VerifyAsync(CacheRequest request, CancellationToken cancellationToken)
    {
        long received = destination.LengthBytes;
        Digest actual = await destination.FinishAsync(cancellationToken).ConfigureAwait(false);
        if (actual == digest)
            return;
        _resumableAt = null;
        string message = $"{request}: the {received} bytes that came have digest {actual}; they are not used";
        if (!destination.CanBeginAnew)
            throw new DigestMismatchException($"{message}, but they are in the destination, which cannot be rewound: throw them away.", digest, actual);
        destination.BeginAnew();
        throw new RequestFailure(FailureKind.Mismatch, message) { Expected = digest, Actual = actual };
    }

    private RequestFailure LosesRange(CacheRequest request, string problem)
    {
        _resumableAt = null;
        return new RequestFailure(FailureKind.Transient, $"{request}: {problem}");
    }

    private RequestFailure TooLarge(CacheRequest request) =>
        new(FailureKind.Unusable, $"{request}: the content is larger than the {options.MaxContentBytes} bytes that this client accepts");
}
