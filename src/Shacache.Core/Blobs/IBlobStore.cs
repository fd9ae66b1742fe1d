using System.Security.Cryptography;

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

    /// <summary>Opens a blob of which the length alone is wanted, as for HEAD. A store that pays for what it opens, and not for a look, begins to read it only when it is read all the same.</summary>
    /// <inheritdoc cref="OpenAsync"/>
    ValueTask<IBlob?> OpenForLengthAsync(Digest digest, CancellationToken cancellationToken) => OpenAsync(digest, cancellationToken);

    /// <summary>Whether a blob is stored. This is no use of it, and says nothing about damage that was not noticed yet.</summary>
    /// <exception cref="BlobStoreException">The backend failed.</exception>
    async ValueTask<bool> ExistsAsync(Digest digest, CancellationToken cancellationToken)
    {
        IBlob? blob = await OpenAsync(digest, cancellationToken).ConfigureAwait(false);
        if (blob is null)
            return false;
        await blob.DisposeAsync().ConfigureAwait(false);
        return true;
    }

    /// <summary>Is told what is sent of the blobs, and how they came. A store whose blobs are removed by their use remembers it.</summary>
    IUseNotes Uses => NoUseNotes.Instance;

    /// <summary>Notes that most of a blob was sent.</summary>
    void NoteUse(Digest digest, long lengthBytes) => Uses.NoteUsed(digest, lengthBytes);

    /// <summary>Refuses content for which there would be no room, before any of it is read. A store without a limit refuses nothing.</summary>
    /// <param name="lengthBytes">Its length; null when it is not known.</param>
    /// <exception cref="StorageFullException">There is no room.</exception>
    void EnsureRoom(long? lengthBytes)
    {
    }

    /// <summary>Begins to stage a blob. <see cref="BlobIngester"/> is the way to use it: it hashes and compares.</summary>
    /// <param name="lengthBytes">The length when it is known beforehand: a hint, not a limit.</param>
    /// <param name="cancellationToken">Stops the preparation.</param>
    /// <exception cref="StorageFullException">There is no room.</exception>
    /// <exception cref="BlobStoreException">The backend failed.</exception>
    ValueTask<IBlobUpload> BeginUploadAsync(long? lengthBytes, CancellationToken cancellationToken);

    /// <summary>Stores content that is in memory as a whole: small blobs, in one step instead of staging and commit.</summary>
    /// <remarks>
    /// When this returns, the blob survives a crash of the process and a loss of power. A backend that gains nothing by knowing
    /// the whole beforehand leaves this as it is.
    /// </remarks>
    /// <param name="digest">Digest of <paramref name="content"/>, computed by the caller; it is not computed again.</param>
    /// <param name="content">The bytes; unchanged until the call has ended.</param>
    /// <param name="cancellationToken">Honoured until publication begins.</param>
    /// <exception cref="StorageFullException">There is no room. Nothing was published.</exception>
    /// <exception cref="BlobStoreException">The backend failed. Nothing was published.</exception>
    /// <exception cref="OperationCanceledException">Cancelled before publication. Nothing was published.</exception>
    async ValueTask<BlobCommit> StoreAsync(Digest digest, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        IBlobUpload upload = await BeginUploadAsync(content.Length, cancellationToken).ConfigureAwait(false);
        await using (upload.ConfigureAwait(false))
        {
            await upload.WriteAsync(content, cancellationToken).ConfigureAwait(false);
            return await upload.CommitAsync(digest, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Removes a blob. Readers that have it open finish undisturbed.</summary>
    /// <returns>False when it was not there.</returns>
    /// <exception cref="BlobStoreException">The backend failed.</exception>
    ValueTask<bool> DeleteAsync(Digest digest, CancellationToken cancellationToken);

    /// <summary>Removes a blob for good: when this returns, neither a crash nor a loss of power brings it back.</summary>
    /// <returns>False when it was not there.</returns>
    /// <exception cref="BlobStoreException">The backend failed; it may come back after a crash.</exception>
    ValueTask<bool> PurgeAsync(Digest digest, CancellationToken cancellationToken) => DeleteAsync(digest, cancellationToken);

    /// <summary>Compares what is stored under a name with that name. A damaged blob is absent from then on.</summary>
    /// <remarks>Reads the whole blob. For when there is a reason to doubt it.</remarks>
    /// <returns>True when it is stored and right; false when it is not stored, or no longer.</returns>
    /// <exception cref="BlobStoreException">The backend failed.</exception>
    async ValueTask<bool> VerifyAsync(Digest digest, CancellationToken cancellationToken)
    {
        IBlob? blob = await OpenAsync(digest, cancellationToken).ConfigureAwait(false);
        if (blob is null)
            return false;
        await using (blob.ConfigureAwait(false))
        {
            byte[] buffer = new byte[(int)Math.Clamp(blob.LengthBytes, 1, BlobIngester.BufferBytes)];
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
            int count;
            for (long offset = 0; (count = await blob.ReadAsync(offset, buffer, cancellationToken).ConfigureAwait(false)) > 0; offset += count)
                hash.AppendData(buffer, 0, count);
            if (new Digest(hash.GetHashAndReset()) == digest)
                return true;
        }

        await DeleteAsync(digest, cancellationToken).ConfigureAwait(false);
        return false;
    }

    /// <summary>Looks, cheaply, whether content can be read and stored: asked up to once a second.</summary>
    /// <returns>One line that says what is wrong; null when nothing is.</returns>
    async ValueTask<string?> FindProblemAsync(CancellationToken cancellationToken)
    {
        try
        {
            // No content has this digest: looking for it goes through the store and finds nothing.
            await ExistsAsync(new Digest(new byte[Digest.LengthBytes]), cancellationToken).ConfigureAwait(false);
            return null;
        }
        catch (BlobStoreException e)
        {
            return e.Message;
        }
    }

    /// <summary>Whether a blob is stored, for one that looks on without being a client: nothing is noted of it, so that it keeps no blob from being removed.</summary>
    /// <inheritdoc cref="ExistsAsync"/>
    ValueTask<bool> HasAsync(Digest digest, CancellationToken cancellationToken) => ExistsAsync(digest, cancellationToken);

    /// <summary>Walks over every blob, in no particular order, reading as it goes. For maintenance; never at start-up.</summary>
    /// <exception cref="BlobStoreException">The backend failed.</exception>
    IAsyncEnumerable<BlobInfo> ListAsync(CancellationToken cancellationToken);
}

/// <summary>How a commit ended. Both values mean that the blob is stored, complete and durable.</summary>
public enum BlobCommit
{
    /// <summary>The staged bytes were published.</summary>
    Created,

    /// <summary>The blob was there before; the staged bytes were discarded.</summary>
    AlreadyStored,
}

/// <summary>What a store knows of one blob without opening it.</summary>
/// <param name="Digest">The blob's name.</param>
/// <param name="LengthBytes">Its length in bytes.</param>
/// <param name="StoredAt">When it was published.</param>
public readonly record struct BlobInfo(Digest Digest, long LengthBytes, DateTimeOffset StoredAt);

/// <summary>Bytes on their way into a store. Disposing without a commit discards every one of them. Not for concurrent calls.</summary>
public interface IBlobUpload : IAsyncDisposable
{
    /// <summary>Stages more bytes. No reader sees them before the commit.</summary>
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
