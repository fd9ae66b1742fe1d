
namespace Shacache.Core.Blobs;

/// <summary>A stored blob that is open for reading. Its bytes stay readable until disposal, even when it is deleted meanwhile, unless it was at rest (<see cref="Rest"/>).</summary>
public interface IBlob : IAsyncDisposable
{
    /// <summary>The blob's name.</summary>
    Digest Digest { get; }

    /// <summary>Length in bytes.</summary>
    long LengthBytes { get; }

    /// <summary>The whole content when it lies in memory, verified, so that nothing is read for it; null otherwise.</summary>
    /// <remarks>Valid until disposal. Only caches of small blobs offer it: no content is loaded in order to offer it.</remarks>
    ReadOnlyMemory<byte>? Content => null;

    /// <summary>Waits until there are bytes after <paramref name="offset"/>, when the content is still on its way.</summary>
    /// <remarks>The end of a blob whose bytes were not compared with its name yet is there only when they were, and found right.</remarks>
    /// <returns>How far it can be read now, in bytes from its beginning.</returns>
    /// <exception cref="BlobDamagedException">The bytes are not those that the name says.</exception>
    ValueTask<long> WaitBeyondAsync(long offset, CancellationToken cancellationToken) => new(LengthBytes);

    /// <summary>False while the bytes were not compared with the name, and so may turn out wrong.</summary>
    bool IsVerified => true;

    /// <summary>Returns when the stored bytes were compared with the digest: for readers of a part, who cannot compare it themselves.</summary>
    /// <remarks>At once for what was compared already. Of a blob that is still on its way nothing is waited for.</remarks>
    /// <returns>Whether they were.</returns>
    /// <exception cref="BlobDamagedException">They are not those that the name says.</exception>
    ValueTask<bool> EnsureVerifiedAsync(CancellationToken cancellationToken) => new(false);

    /// <summary>Where a client may read the content itself, for some minutes; null for nowhere but here.</summary>
    /// <exception cref="BlobStoreException">The backend failed.</exception>
    Uri? FindPublicUrl() => null;

    /// <summary>Reads bytes from <paramref name="offset"/> on.</summary>
    /// <remarks>
    /// Ascending, adjoining reads are the fast case: a remote backend keeps one transfer open for them. A local backend may
    /// read synchronously. Not for concurrent calls.
    /// </remarks>
    /// <param name="offset">Position in bytes, at most <see cref="LengthBytes"/>.</param>
    /// <param name="destination">Where the bytes go; not empty.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    /// <returns>How many bytes were read; 0 only at the end of the blob.</returns>
    /// <exception cref="BlobStoreException">The backend failed, or the blob is damaged.</exception>
    ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken);

    /// <summary>Closes its file until it is read again, while the reader waits for a slow client. Not to be called while it is read or its file is sent.</summary>
    /// <remarks>A blob that is deleted meanwhile can then be read no more: <see cref="ReadAsync"/> fails.</remarks>
    void Rest()
    {
    }
}
