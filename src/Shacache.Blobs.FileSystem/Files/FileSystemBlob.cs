using Microsoft.Win32.SafeHandles;
using Shacache.Core.Blobs;

namespace Shacache.Blobs.FileSystem.Files;

/// <summary>An open file. Reads are synchronous: bytes that are in the page cache arrive sooner than a thread could be changed.</summary>
internal sealed class FileSystemBlob(BlobLayout layout, SafeFileHandle file, Digest digest, long lengthBytes) : IBlob
{
    private SafeFileHandle? _file = file;

    public Digest Digest => digest;

    public long LengthBytes => lengthBytes;

    public SafeFileHandle? File => _file;

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
            int read = RandomAccess.Read(_file ??= Reopen(), destination.Span, offset);
            return read > 0
                ? new ValueTask<int>(read)
                : throw new BlobStoreException($"Blob {digest} ended after {offset} of {lengthBytes} bytes: its file was cut short.");
        }
        catch (Exception e) when (StorageFailure.IsOfDisk(e))
        {
            throw StorageFailure.From(e, $"Cannot read blob {digest} at byte {offset}");
        }
    }

    public void Rest()
    {
        _file?.Dispose();
        _file = null;
    }

    public ValueTask DisposeAsync()
    {
        Rest();
        return ValueTask.CompletedTask;
    }

    private SafeFileHandle Reopen() => Disk.TryOpenBlob(layout, digest) ?? throw new BlobStoreException($"Blob {digest} was deleted while it was read.");
}
