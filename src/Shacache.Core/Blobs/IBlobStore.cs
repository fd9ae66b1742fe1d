namespace Shacache.Core.Blobs;

/// <summary>Content by digest. A blob is either absent, or complete and correct; there is no state between.</summary>
/// <remarks>
/// Safe for concurrent use. No call holds a whole blob in memory. Expected outcomes are values; exceptions mean that the
/// backend broke. The rules every implementation obeys are tests: BlobStoreContract in tests/Shacache.Testing.
/// </remarks>
public interface IBlobStore
{
    /// <summary>Opens a blob for reading.</summary>
    /// <returns>The open blob, to be disposed; null when it is not stored.</returns>
    /// <exception cref="BlobStoreException">The backend failed.</exception>
    ValueTask<IBlob?> OpenAsync(Digest digest, CancellationToken cancellationToken);

    /// <summary>Begins to stage a blob. <see cref="BlobIngester"/> is the way to use it: it hashes and compares.</summary>
    /// <param name="lengthBytes">The length when it is known beforehand: a hint, not a limit.</param>
    /// <param name="cancellationToken">Stops the preparation.</param>
    /// <exception cref="StorageFullException">There is no room.</exception>
    /// <exception cref="BlobStoreException">The backend failed.</exception>
    ValueTask<IBlobUpload> BeginUploadAsync(long? lengthBytes, CancellationToken cancellationToken);

    /// <summary>Removes a blob. Readers that have it open finish undisturbed.</summary>
    /// <returns>False when it was not there.</returns>
    /// <exception cref="BlobStoreException">The backend failed.</exception>
    ValueTask<bool> DeleteAsync(Digest digest, CancellationToken cancellationToken);

    /// <summary>Walks over every blob, in no particular order, reading as it goes. For maintenance; never at start-up.</summary>
    /// <exception cref="BlobStoreException">The backend failed.</exception>
    IAsyncEnumerable<BlobInfo> ListAsync(CancellationToken cancellationToken);
}
