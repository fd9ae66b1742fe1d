using Shacache.Client.Configuration;
using Shacache.Client.Errors;
using Shacache.Client.Http;
using Shacache.Core.Blobs;
using Shacache.Protocol;

namespace Shacache.Client.Transfers;

/// <summary>Downloads one content from any number of servers and attempts, and compares it with its digest.</summary>
internal sealed class ContentDownloader(
    HttpTransport transport, NetworkCacheOptions options, Digest digest, VerifiedDestination destination, IProgress<TransferProgress>? progress)
{
    private readonly ResumableDownload _download = new(transport, options, destination, TransferStage.Downloading, progress)
    {
        FindProblem = FindProblem,
        FindCondition = ResumePoint.FindTag,
        IsVerified = true,
    };

    /// <summary>Told when a server sent other bytes than those of the digest.</summary>
    public Action<Digest>? OnMismatch { get; init; }

    /// <summary>One attempt at one server.</summary>
    public async Task<DownloadResult> DownloadAsync(CacheUrl server, CancellationToken cancellationToken)
    {
        var request = new CacheRequest(HttpMethod.Get, server, server.Append(digest.ToString())) { AcceptsRedirect = true };
        using HttpResponseMessage response = await _download.ReceiveAsync(request, cancellationToken).ConfigureAwait(false);
        await VerifyAsync(request, cancellationToken).ConfigureAwait(false);
        return new DownloadResult(digest, destination.LengthBytes, server.Uri);
    }

    private static string? FindProblem(HttpResponseMessage response) =>
        response.Content.Headers.ContentEncoding.Any(encoding => !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
            ? "the server sends an encoded body, which was not asked for"
            : null;

    private async Task VerifyAsync(CacheRequest request, CancellationToken cancellationToken)
    {
        long received = destination.LengthBytes;
        Digest actual = await destination.FinishAsync(cancellationToken).ConfigureAwait(false);
        if (actual == digest)
            return;
        _download.Forget();
        OnMismatch?.Invoke(digest);
        string message = $"{request}: the {received} bytes that came have digest {actual}; they are not used";
        if (!destination.CanBeginAnew)
            throw new DigestMismatchException($"{message}, but they are in the destination, which cannot be rewound: throw them away.", digest, actual);
        destination.BeginAnew();
        throw new RequestFailure(FailureKind.Mismatch, message) { Expected = digest, Actual = actual };
    }
}

/// <summary>A content that arrived whole, and has the digest that was asked for.</summary>
/// <param name="Digest">Its name.</param>
/// <param name="LengthBytes">Its length in bytes.</param>
/// <param name="Server">The base URL of the server that finished it.</param>
public sealed record DownloadResult(Digest Digest, long LengthBytes, Uri Server);
