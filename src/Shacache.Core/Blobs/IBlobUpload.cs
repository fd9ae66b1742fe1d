namespace Shacache.Core.Blobs;

/// <summary>Bytes on their way into a store. Disposing without a commit discards every one of them. Not for concurrent calls.</summary>
public interface IBlobUpload : IAsyncDisposable
{
    /// <summary>Stages more bytes. Nobody sees them before the commit.</summary>
    /// <exception cref="StorageFullException">There is no room. Nothing was published.</exception>
    /// <exception cref="BlobStoreException">The backend failed. Nothing was published.</exception>
    ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    /// <summary>Publishes the staged bytes under <paramref name="digest"/>: from then on every reader sees all of them.</summary>
    /// <remarks>
    /// When this returns, the blob survives a crash of the process and a loss of power. Several uploads of one blob may
    /// commit at once: one gets <see cref="BlobCommit.Created"/>, the others <see cref="BlobCommit.AlreadyStored"/>.
    /// </remarks>
    /// <param name="digest">Digest of the staged bytes, computed by the caller; it is not computed again.</param>
    /// <param name="cancellationToken">Honoured until publication begins.</param>
    /// <exception cref="StorageFullException">There is no room. Nothing was published.</exception>
    /// <exception cref="BlobStoreException">The backend failed. Nothing was published.</exception>
    /// <exception cref="OperationCanceledException">Cancelled before publication. Nothing was published.</exception>
    ValueTask<BlobCommit> CommitAsync(Digest digest, CancellationToken cancellationToken);
}
