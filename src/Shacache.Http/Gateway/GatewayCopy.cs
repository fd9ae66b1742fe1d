using Shacache.Core.Blobs;

namespace Shacache.Http.Gateway;

/// <summary>A stored copy of the file at a URL, open for reading.</summary>
internal sealed class GatewayCopy(IBlob blob, OriginMetadata metadata) : IAsyncDisposable
{
    public IBlob Blob { get; } = blob;

    public OriginMetadata Metadata { get; } = metadata;

    public ValueTask DisposeAsync() => Blob.DisposeAsync();
}
