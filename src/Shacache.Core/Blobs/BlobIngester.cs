using System.Buffers;

namespace Shacache.Core.Blobs;

/// <summary>The only way bytes become a blob: reads, bounds, hashes, stages, compares, commits.</summary>
/// <remarks>
/// A backend cannot forget to verify. What fits one buffer is read, hashed and stored in one step; anything longer, or of unknown
/// length and not at its end by then, passes a pipeline that reads, hashes and writes at the same time. Memory does not depend on
/// the length of the content: at most <see cref="MaxBuffers"/> buffers of <see cref="BufferBytes"/> for one ingestion, taken as
/// bytes arrive, so that a slow sender holds one or two.
/// </remarks>
public sealed class BlobIngester
{
    /// <summary>Length of one buffer. 128 to 256 KiB were the fastest; larger ones leave the processor's cache between the stages.</summary>
    public const int BufferBytes = 128 * 1024;

    /// <summary>Most buffers that one ingestion holds at a time.</summary>
    public const int MaxBuffers = 12;

    private readonly IBlobStore _store;
    private readonly ArrayPool<byte> _buffers;

    /// <summary>Creates an ingester, which keeps nothing between calls and serves any number at once.</summary>
    /// <param name="store">Where the blobs go.</param>
    public BlobIngester(IBlobStore store)
        : this(store, ArrayPool<byte>.Shared)
    {
    }

    internal BlobIngester(IBlobStore store, ArrayPool<byte> buffers)
    {
        _store = store;
        _buffers = buffers;
    }

    /// <summary>Stores what a stream yields.</summary>
    /// <param name="source">Read to its end, or to the first byte that is too much.</param>
    /// <param name="lengthBytes">The declared length, null when unknown. Another length is <see cref="IngestStatus.Truncated"/> or
    /// <see cref="IngestStatus.Overlong"/>.</param>
    /// <param name="maxBytes">The most bytes that are accepted.</param>
    /// <param name="expected">The digest the bytes must have; null to accept any.</param>
    /// <param name="cancellationToken">Stops; nothing remains.</param>
    /// <exception cref="StorageFullException">There is no room. Nothing was stored.</exception>
    /// <exception cref="BlobStoreException">The backend failed. Nothing was stored.</exception>
    /// <exception cref="IOException">The source failed. Nothing was stored.</exception>
    public async ValueTask<IngestResult> IngestAsync(
        Stream source, long? lengthBytes, long maxBytes, Digest? expected, CancellationToken cancellationToken)
    {
        if (lengthBytes > maxBytes)
            return new IngestResult(IngestStatus.TooLarge, default, 0);
        _store.EnsureRoom(lengthBytes);
        var bounds = new IngestBounds(lengthBytes, maxBytes, expected);
        if (lengthBytes >= BufferBytes)
            return await IngestLongAsync(source, bounds, default, cancellationToken).ConfigureAwait(false);

        // One byte more than may come, to see whether the source continues.
        int wantedBytes = (int)Math.Min(BufferBytes - 1, bounds.LimitBytes) + 1;
        byte[] buffer = _buffers.Rent(wantedBytes);
        bool handedOn = false;
        try
        {
            int received = await source.ReadAtLeastAsync(buffer.AsMemory(0, wantedBytes), wantedBytes, throwOnEndOfStream: false, cancellationToken)
                .ConfigureAwait(false);
            if (received == wantedBytes && received <= bounds.LimitBytes)
            {
                handedOn = true;
                return await IngestLongAsync(source, bounds, new ArraySegment<byte>(buffer, 0, received), cancellationToken).ConfigureAwait(false);
            }

            var digest = Digest.Compute(buffer.AsSpan(0, received));
            if (bounds.FindFault(digest, received) is { } fault)
                return fault;
            BlobCommit commit = await _store.StoreAsync(digest, buffer.AsMemory(0, received), cancellationToken).ConfigureAwait(false);
            return IngestResult.Of(commit, digest, received);
        }
        finally
        {
            if (!handedOn)
                _buffers.Return(buffer);
        }
    }

    private async ValueTask<IngestResult> IngestLongAsync(
        Stream source, IngestBounds bounds, ArraySegment<byte> first, CancellationToken cancellationToken)
    {
        using var pipeline = new IngestPipeline(_buffers, bounds.LimitBytes, first, cancellationToken);
        IBlobUpload upload = await _store.BeginUploadAsync(bounds.DeclaredBytes, cancellationToken).ConfigureAwait(false);
        await using (upload.ConfigureAwait(false))
        {
            (Digest digest, long received) = await pipeline.RunAsync(source, upload).ConfigureAwait(false);
            if (bounds.FindFault(digest, received) is { } fault)
                return fault;
            return IngestResult.Of(await upload.CommitAsync(digest, cancellationToken).ConfigureAwait(false), digest, received);
        }
    }
}

/// <summary>What content must be like to be stored.</summary>
/// <param name="DeclaredBytes">Its length, null when it was not declared.</param>
/// <param name="MaxBytes">The most bytes that are accepted; at least <paramref name="DeclaredBytes"/>.</param>
/// <param name="Expected">Its digest, null when any will do.</param>
internal readonly record struct IngestBounds(long? DeclaredBytes, long MaxBytes, Digest? Expected)
{
    /// <summary>The most bytes that are read without a fault.</summary>
    public long LimitBytes => DeclaredBytes ?? MaxBytes;

    /// <summary>The reason not to store what was received, null when there is none.</summary>
    public IngestResult? FindFault(Digest digest, long receivedBytes)
    {
        if (receivedBytes > LimitBytes)
            return new IngestResult(DeclaredBytes is null ? IngestStatus.TooLarge : IngestStatus.Overlong, default, receivedBytes);
        if (receivedBytes < DeclaredBytes)
            return new IngestResult(IngestStatus.Truncated, default, receivedBytes);
        if (Expected is { } expected && expected != digest)
            return new IngestResult(IngestStatus.DigestMismatch, digest, receivedBytes);
        return null;
    }
}

/// <summary>What <see cref="BlobIngester"/> did.</summary>
/// <param name="Status">How it ended.</param>
/// <param name="Digest">Digest of the bytes that were received; meaningless when there were too many or too few of them.</param>
/// <param name="LengthBytes">How many bytes were received.</param>
public readonly record struct IngestResult(IngestStatus Status, Digest Digest, long LengthBytes)
{
    internal static IngestResult Of(BlobCommit commit, Digest digest, long lengthBytes) =>
        new(commit == BlobCommit.Created ? IngestStatus.Created : IngestStatus.AlreadyStored, digest, lengthBytes);
}

/// <summary>How an ingestion ended. Only the first two leave a blob.</summary>
public enum IngestStatus
{
    /// <summary>The blob was stored.</summary>
    Created,

    /// <summary>The blob was there before.</summary>
    AlreadyStored,

    /// <summary>The bytes have another digest than the caller expected. Nothing was stored.</summary>
    DigestMismatch,

    /// <summary>There were more bytes than allowed. Nothing was stored.</summary>
    TooLarge,

    /// <summary>The source ended before the declared length. Nothing was stored.</summary>
    Truncated,

    /// <summary>The source went on past the declared length. Nothing was stored.</summary>
    Overlong,
}
