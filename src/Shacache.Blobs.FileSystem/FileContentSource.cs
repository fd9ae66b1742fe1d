using Microsoft.Win32.SafeHandles;
using Shacache.Blobs.FileSystem.Files;
using Shacache.Core.Blobs;
using Shacache.Core.Moving;

namespace Shacache.Blobs.FileSystem;

/// <summary>The content of a data folder that is in use by a server, or by none. Only read; the lock of the folder is not needed.</summary>
public sealed class FileContentSource : IContentSource, IDisposable
{
    private readonly BlobLayout _layout;
    private readonly DiskThreads _thread = new(1, new ThreadStarter());

    /// <param name="dataFolder">The folder that holds <c>blobs/</c>.</param>
    public FileContentSource(string dataFolder) => _layout = new BlobLayout(Path.GetFullPath(dataFolder));

    /// <inheritdoc/>
    public IAsyncEnumerable<BlobInfo> ListPartAsync(byte part, CancellationToken cancellationToken) => new BlobListing(_layout, _thread).ReadAsync(part, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Stream?> OpenAsync(Digest digest, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        SafeFileHandle? file = TryOpen(digest);
        return new ValueTask<Stream?>(file is null ? null : new FileStream(file, FileAccess.Read, bufferSize: 0, isAsync: false));
    }

    /// <inheritdoc/>
    public ValueTask<bool> HasAsync(Digest digest, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using SafeFileHandle? file = TryOpen(digest);
        return new ValueTask<bool>(file is not null);
    }

    /// <inheritdoc/>
    public void Dispose() => _thread.Dispose();

    private SafeFileHandle? TryOpen(Digest digest)
    {
        try
        {
            return Disk.TryOpenBlob(_layout, digest);
        }
        catch (Exception e) when (StorageFailure.IsOfDisk(e))
        {
            throw StorageFailure.From(e, $"Cannot open blob {_layout.PathOf(digest)}");
        }
    }
}
