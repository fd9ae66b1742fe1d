using Microsoft.Win32.SafeHandles;
using Shacache.Core.Blobs;

namespace Shacache.Blobs.FileSystem;

/// <summary>An open file. Reads are synchronous: bytes that are in the page cache arrive sooner than a thread could be changed.</summary>
internal sealed class FileSystemBlob(SafeFileHandle handle, Digest digest, long lengthBytes) : IBlob
{
    public Digest Digest => digest;

    public long LengthBytes => lengthBytes;

    public SafeFileHandle? File => handle;

    public ValueTask<bool> EnsureVerifiedAsync(CancellationToken cancellationToken) => new(true);

    public ValueTask<int> ReadAsync(long offset, Memory<byte> destination, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<int>(cancellationToken);
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, lengthBytes);
        if (lengthBytes - offset < destination.Length)
            destination = destination[..(int)(lengthBytes - offset)];
        if (destination.IsEmpty)
            return new ValueTask<int>(0);
        try
        {
            int read = RandomAccess.Read(handle, destination.Span, offset);
            return read > 0
                ? new ValueTask<int>(read)
                : throw new BlobStoreException($"Blob {digest} ended after {offset} of {lengthBytes} bytes: its file was cut short.");
        }
        catch (Exception e) when (StorageFailure.IsOfDisk(e))
        {
            throw StorageFailure.From(e, $"Cannot read blob {digest} at byte {offset}");
        }
    }

    public ValueTask DisposeAsync()
    {
        handle.Dispose();
        return ValueTask.CompletedTask;
    }
}
