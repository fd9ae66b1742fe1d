using Microsoft.Win32.SafeHandles;
using Shacache.Core.Blobs;

namespace Shacache.Blobs.FileSystem;

/// <summary>Content as plain files, <c>blobs/ab/&lt;digest&gt;</c> below the data folder. The files are the truth; there is no index.</summary>
/// <remarks>
/// A file gets its name only after its bytes are on the disk, and an upload is acknowledged only after the name is too. Hence
/// a crash leaves no partial blob and loses none. Small uploads share the flush of a log instead, from which a start after a crash
/// restores them. One process at a time may write to a data folder; who opens the store holds the lock.
/// Files that no digest names are ignored. A file whose length cannot be right (empty, where the digest is not that of the empty
/// content) counts as not stored, and an upload of its digest repairs it: see docs/decisions/0002-content-on-the-file-system.md.
/// </remarks>
public sealed class FileSystemBlobStore : IBlobStore, IDisposable
{
    /// <summary>From this declared length on, the free space is asked for before any byte is received.</summary>
    private const long FreeSpaceCheckBytes = 1 << 20;

    private readonly BlobLayout _layout;
    private readonly DiskThreads _threads;
    private readonly BlobPublisher _publisher;
    private readonly GroupCommit? _group;

    private FileSystemBlobStore(BlobLayout layout, Staging staging, BlobPublisher publisher, int diskThreads)
    {
        _layout = layout;
        _threads = new DiskThreads(diskThreads);
        _publisher = publisher;
        if (staging is UnnamedStaging)
            _group = new GroupCommit(publisher, staging, _threads, UploadLog.Open(layout, publisher));
        UsesUnnamedStaging = staging is UnnamedStaging;
    }

    /// <summary>Whether uploads are staged in files without a name; false where the file system has none, or when it was not wanted.</summary>
    public bool UsesUnnamedStaging { get; }

    /// <summary>Opens the store, creating its folders when they are missing, and sweeps what a crash left in <c>incoming/</c>.</summary>
    /// <remarks>Takes the same time whether the store is empty or holds ten million blobs. After a crash, up to 32 MiB of small uploads are compared with their files.</remarks>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="BlobStoreException">The folders cannot be created or written to.</exception>
    public static FileSystemBlobStore Open(FileSystemBlobOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (string.IsNullOrWhiteSpace(options.DataFolder))
            throw new ArgumentException("The data folder has no name.", nameof(options));
        if (options.DiskThreads is < 1 or > 256)
            throw new ArgumentException($"{options.DiskThreads} disk threads are asked for; 1 to 256 are possible.", nameof(options));
        var layout = new BlobLayout(Path.GetFullPath(options.DataFolder));
        try
        {
            BlobFolders.CreateAll(layout);
            NamedStaging.Sweep(layout.Incoming);
            Staging staging = options.UnnamedStaging && UnnamedStaging.IsSupported(layout) ? new UnnamedStaging(layout) : new NamedStaging(layout);
            using (staging.Create())
            {
                // A folder that cannot be written to is found now and not by the first upload.
            }

            return new FileSystemBlobStore(layout, staging, new BlobPublisher(layout, staging), options.DiskThreads);
        }
        catch (Exception e) when (StorageFailure.IsOfDisk(e))
        {
            throw StorageFailure.From(e, $"Cannot open the blob store in {layout.Data}");
        }
    }

    /// <inheritdoc/>
    public ValueTask<IBlob?> OpenAsync(Digest digest, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        SafeFileHandle? handle = null;
        try
        {
            handle = Disk.TryOpenBlob(_layout, digest);
            if (handle is null)
                return new ValueTask<IBlob?>((IBlob?)null);
            long lengthBytes = RandomAccess.GetLength(handle);
            if (!BlobLayout.IsPlausible(digest, lengthBytes))
            {
                handle.Dispose();
                return new ValueTask<IBlob?>((IBlob?)null);
            }

            return new ValueTask<IBlob?>(new FileSystemBlob(handle, digest, lengthBytes));
        }
        catch (Exception e) when (StorageFailure.IsOfDisk(e))
        {
            handle?.Dispose();
            throw StorageFailure.From(e, $"Cannot open blob {_layout.PathOf(digest)}");
        }
    }

    /// <inheritdoc/>
    public ValueTask<IBlobUpload> BeginUploadAsync(long? lengthBytes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (lengthBytes >= FreeSpaceCheckBytes && Disk.FindFreeBytes(_layout.Incoming) is { } freeBytes && freeBytes < lengthBytes)
        {
            throw new StorageFullException(
                $"Cannot store {lengthBytes} bytes in {_layout.Data}: its file system has {freeBytes} bytes left. Nothing was stored; make room.");
        }

        return new ValueTask<IBlobUpload>(new FileSystemBlobUpload(_publisher, _threads));
    }

    /// <inheritdoc/>
    public ValueTask<BlobCommit> StoreAsync(Digest digest, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
            return ValueTask.FromCanceled<BlobCommit>(cancellationToken);
        return _group?.Takes(content.Length) == true
            ? _group.StoreAsync(digest, content, cancellationToken)
            : _threads.RunHereWhenIdleAsync(
                (_publisher, digest, content, cancellationToken),
                static s => s._publisher.Store(s.digest, s.content.Span, s.cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask<bool> DeleteAsync(Digest digest, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled<bool>(cancellationToken)
            : _threads.RunAsync((_publisher, digest), static s => s._publisher.Delete(s.digest));

    /// <inheritdoc/>
    public IAsyncEnumerable<BlobInfo> ListAsync(CancellationToken cancellationToken) =>
        new BlobListing(_layout, _threads).ReadAsync(cancellationToken);

    /// <summary>Finishes the writes that wait, and ends the threads. Blobs that are open stay readable.</summary>
    public void Dispose()
    {
        _group?.Dispose();
        _threads.Dispose();
    }
}
