using System.Net;
using System.Net.Http.Headers;
using Shacache.Client.Configuration;
using Shacache.Client.Errors;
using Shacache.Client.Http;
using Shacache.Core.Blobs;

namespace Shacache.Client.Transfers;

/// <summary>Downloads one content over any number of attempts: each goes on where the one before broke off, when the server can.</summary>
internal sealed class ContentDownloader(
    HttpTransport transport, NetworkCacheOptions options, Digest digest, VerifiedDestination destination, IProgress<TransferProgress>? progress)
{
    private readonly BodyCopier _body = new(options, destination, TransferStage.Downloading, progress);

    /// <summary>The server whose transfer broke off, and can be resumed; null when the next attempt begins at the first byte.</summary>
    private CacheUrl? _resumableAt;
    private EntityTagHeaderValue? _tag;
    private long? _totalBytes;

    /// <summary>Told when a server sent other bytes than those of the digest.</summary>
    public Action<Digest>? OnMismatch { get; init; }

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

        await _body.CopyAsync(request, response, _totalBytes, clock, cancellationToken).ConfigureAwait(false);
        await VerifyAsync(request, cancellationToken).ConfigureAwait(false);
        return new DownloadResult(digest, destination.LengthBytes, server.Uri);
    }

    private void BeginAnew(CacheRequest request, CacheUrl server, HttpResponseMessage response)
    {
        if (response.Content.Headers.ContentEncoding.Any(encoding => !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase)))
            throw new RequestFailure(FailureKind.Unusable, $"{request}: the server sends an encoded body, which was not asked for");
        long? length = response.Content.Headers.ContentLength;
        _body.EnsureAccepted(request, length);
        destination.BeginAnew();
        _totalBytes = length;
        _resumableAt = length is not null && response.Headers.AcceptRanges.Contains("bytes") ? server : null;
        _tag = response.Headers.ETag is { IsWeak: false } tag ? tag : null;
    }

    private void EnsureContinues(CacheRequest request, HttpResponseMessage response)
    {
        if (_body.FindRangeProblem(response, _totalBytes) is { } problem)
            throw LosesRange(request, problem);
    }

    private async Task VerifyAsync(CacheRequest request, CancellationToken cancellationToken)
    {
        long received = destination.LengthBytes;
        Digest actual = await destination.FinishAsync(cancellationToken).ConfigureAwait(false);
        if (actual == digest)
            return;
        _resumableAt = null;
        OnMismatch?.Invoke(digest);
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
}
