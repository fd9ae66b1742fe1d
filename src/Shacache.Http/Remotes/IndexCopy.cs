using Shacache.Core.Blobs;
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
