using Shacache.Core.Blobs;
using Shacache.Core.Moving;
using Shacache.Core.Transfers;

namespace Shacache.Blobs.S3;

/// <summary>The content of a bucket, to be copied elsewhere while nodes use it. Only read.</summary>
/// <param name="options">Where it is.</param>
/// <param name="time">The clock.</param>
public sealed class S3ContentSource(S3Options options, TimeProvider time) : IContentSource, IAsyncDisposable
{
    // Who copies compares: nothing is put away here.
    private readonly S3BlobStore _store = new(options, comparedByReaderBytes: long.MaxValue, time);

    /// <inheritdoc/>
    public IAsyncEnumerable<BlobInfo> ListPartAsync(byte part, CancellationToken cancellationToken) => _store.ListPartAsync(part, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<Stream?> OpenAsync(Digest digest, CancellationToken cancellationToken) =>
        await _store.OpenAsync(digest, cancellationToken).ConfigureAwait(false) is { } blob ? new BlobStream(blob, closesBlob: true) : null;

    /// <inheritdoc/>
    public ValueTask<bool> HasAsync(Digest digest, CancellationToken cancellationToken) => _store.ExistsAsync(digest, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _store.DisposeAsync();
}
