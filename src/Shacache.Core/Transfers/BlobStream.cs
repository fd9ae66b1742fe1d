using Shacache.Core.Blobs;

namespace Shacache.Core.Transfers;

/// <summary>Reads a blob from its beginning to its end, once.</summary>
/// <param name="blob">The blob.</param>
/// <param name="closesBlob">Whether it is closed with the stream.</param>
public sealed class BlobStream(IBlob blob, bool closesBlob = false) : ForwardStream
{
    private long _offset;

    /// <inheritdoc/>
    /// <exception cref="BlobStoreException">The blob cannot be read, or ends before its end.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.IsEmpty || _offset >= blob.LengthBytes)
            return 0;
        int count = await blob.ReadAsync(_offset, buffer, cancellationToken).ConfigureAwait(false);
        if (count == 0)
            throw new BlobStoreException($"Blob {blob.Digest} ended after byte {_offset} of {blob.LengthBytes}.");
        _offset += count;
        return count;
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (closesBlob)
            await blob.DisposeAsync().ConfigureAwait(false);
        await base.DisposeAsync().ConfigureAwait(false);
    }
}
