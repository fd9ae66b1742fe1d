using System.Buffers;
using System.Security.Cryptography;

namespace Shacache.Core.Blobs;

/// <summary>The only way bytes become a blob: reads, bounds, hashes, stages, compares, commits.</summary>
/// <remarks>A backend cannot forget to verify, and memory does not depend on the length of the content.</remarks>
public sealed class BlobIngester(IBlobStore store)
{
    private const int BufferBytes = 256 * 1024;

    /// <summary>Stores what a stream yields.</summary>
    /// <param name="source">Read to its end, or to one byte over <paramref name="maxBytes"/>.</param>
    /// <param name="lengthBytes">The declared length, null when unknown. Another length is <see cref="IngestStatus.Truncated"/> or
    /// <see cref="IngestStatus.Overlong"/>.</param>
    /// <param name="maxBytes">The most bytes that are accepted.</param>
    /// <param name="expected">The digest the bytes must have; null to accept any.</param>
    /// <param name="cancellationToken">Stops; nothing stays behind.</param>
    /// <exception cref="StorageFullException">There is no room. Nothing was stored.</exception>
    /// <exception cref="BlobStoreException">The backend failed. Nothing was stored.</exception>
    /// <exception cref="IOException">The source failed. Nothing was stored.</exception>
    public async ValueTask<IngestResult> IngestAsync(
        Stream source, long? lengthBytes, long maxBytes, Digest? expected, CancellationToken cancellationToken)
    {
        if (lengthBytes > maxBytes)
            return new IngestResult(IngestStatus.TooLarge, default, 0);

        IBlobUpload upload = await store.BeginUploadAsync(lengthBytes, cancellationToken).ConfigureAwait(false);
        await using (upload.ConfigureAwait(false))
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
            byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
            try
            {
                long received = 0;
                int read;
                while ((read = await source.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
                {
                    received += read;
                    if (received > maxBytes)
                        return new IngestResult(IngestStatus.TooLarge, default, received);
                    if (received > lengthBytes)
                        return new IngestResult(IngestStatus.Overlong, default, received);
                    hash.AppendData(buffer, 0, read);
                    await upload.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
                }

                if (received < lengthBytes)
                    return new IngestResult(IngestStatus.Truncated, default, received);
                var digest = new Digest(hash.GetHashAndReset());
                if (expected is { } wanted && wanted != digest)
                    return new IngestResult(IngestStatus.DigestMismatch, digest, received);
                BlobCommit commit = await upload.CommitAsync(digest, cancellationToken).ConfigureAwait(false);
                return new IngestResult(commit == BlobCommit.Created ? IngestStatus.Created : IngestStatus.AlreadyStored, digest, received);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }
}
