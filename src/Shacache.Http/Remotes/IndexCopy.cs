using Shacache.Core.Blobs;
using Shacache.Core.Transfers;
using Shacache.Http.Remotes.Indexes;

namespace Shacache.Http.Remotes;

/// <summary>A document of an index, open for reading.</summary>
/// <param name="source">The document. Its stream is closed with this.</param>
/// <param name="identity">Equal for documents with the same bytes; null when it is not kept.</param>
/// <param name="cacheStatus">How it came here: <c>hit</c>, <c>miss</c>, <c>revalidated</c>, <c>stale</c> or <c>pass</c>.</param>
/// <param name="owner">What must live as long.</param>
internal sealed class IndexCopy(IndexSource source, Digest? identity, string cacheStatus, IAsyncDisposable owner) : IAsyncDisposable
{
    public IndexSource Source => source;

    public Digest? Identity => identity;

    /// <summary>When it changed at its origin; null when that is not known for certain.</summary>
    public string? LastModified { get; init; }

    public string CacheStatus => cacheStatus;

    public async ValueTask DisposeAsync()
    {
        await source.Content.DisposeAsync();
        await owner.DisposeAsync();
    }
}

/// <summary>Reads a blob from its beginning to its end.</summary>
internal sealed class BlobStream(IBlob blob) : ForwardStream
{
    private long _offset;

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty || _offset >= blob.LengthBytes)
            return 0;
        int count = await blob.ReadAsync(_offset, buffer, cancellationToken);
        if (count == 0)
            throw new BlobStoreException($"Blob {blob.Digest} ended after byte {_offset} of {blob.LengthBytes}.");
        _offset += count;
        return count;
    }
}
