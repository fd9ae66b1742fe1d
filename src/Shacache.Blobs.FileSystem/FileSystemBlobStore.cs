using Microsoft.Win32.SafeHandles;
using Shacache.Blobs.FileSystem.Files;
using Shacache.Blobs.FileSystem.Uploads;
using Shacache.Blobs.FileSystem.Verification;
using Shacache.Core.Blobs;
using Shacache.Core.Blobs.Repair;
using Shacache.Core.Moving;

namespace Shacache.Blobs.FileSystem;

/// <summary>Content as plain files, <c>blobs/ab/&lt;digest&gt;</c> below the data folder. The files are the truth; there is no index.</summary>
/// <remarks>
/// A file gets its name only after its bytes are on the disk, and an upload is acknowledged only after the name is too. So
/// a crash leaves no partial blob and loses none. Small uploads share the flush of a log instead, from which a start after a crash
/// restores them. One process at a time may write to a data folder; who opens the store holds the lock.
/// Files that no digest names are ignored. A file is compared with its digest when it is first opened, or, when it is long, while it is first read; one that is
/// damaged is moved to <c>quarantine/</c> and counts as not stored: see docs/decisions/0011-rot-on-the-disk.md.
/// </remarks>
public sealed class FileSystemBlobStore : IContentTarget, IDisposable
{
    /// <summary>From this declared length on, the free space is asked for before any byte is received.</summary>
    private const long FreeSpaceCheckBytes = 1 << 20;

    /// <summary>Up to this length content is verified before it is opened, which takes some 10 ms, once; longer content while it is read.</summary>
    private const long VerifiedWhenOpenedBytes = 4 << 20;

    private readonly BlobLayout _layout;
    private readonly DiskThreads _threads;
    private readonly BlobPublisher _publisher;
    private readonly GroupCommit? _group;
    private readonly BlobVerifier _verifier;
    private readonly BlobComparer _comparer;
    private readonly WriteProbe _probe;
    private readonly long _verifiedByReaderBytes;

    private FileSystemBlobStore(BlobLayout layout, Staging staging, BlobPublisher publisher, FileSystemBlobOptions options, ThreadStarter starter)
    {
        _layout = layout;
        _threads = new DiskThreads(options.DiskThreads, starter);
        _publisher = publisher;
        _verifier = new BlobVerifier(layout, publisher, _threads);
        _comparer = new BlobComparer(layout, _verifier);
        _probe = new WriteProbe(layout);
        _verifiedByReaderBytes = options.VerifiedByReaderBytes;
        if (staging is UnnamedStaging && options.IsDurable)
            _group = new GroupCommit(publisher, staging, _threads, UploadLog.Open(layout, publisher, starter), starter);
        UsesUnnamedStaging = staging is UnnamedStaging;
    }

    /// <summary>Told of each file that was found damaged, once, on any thread.</summary>
    public Action<BlobDamage>? OnDamage
    {
        get => _verifier.OnDamage;
        set => _verifier.OnDamage = value;
    }

    /// <summary>Told of each file that was found right when it was read, on any thread.</summary>
    public Action<Digest>? OnRight
    {
        get => _verifier.OnRight;
        set => _verifier.OnRight = value;
    }

    /// <summary>For those who compare everything with its digest.</summary>
    public IBlobComparer Comparer => _comparer;

    /// <summary>Whether uploads are staged in files without a name; false where the file system has none, or when it was not wanted.</summary>
    public bool UsesUnnamedStaging { get; }

    /// <summary>Opens the store, creating its folders when they are missing, and sweeps what a crash left in <c>incoming/</c>.</summary>
    /// <remarks>Takes the same time whether the store is empty or holds ten million blobs. After a crash, up to 32 MiB of small uploads are compared with their files.</remarks>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    /// <exception cref="BlobStoreException">The folders cannot be created or written to.</exception>
    public static FileSystemBlobStore Open(FileSystemBlobOptions options) => Open(options, new ThreadStarter());

    internal static FileSystemBlobStore Open(FileSystemBlobOptions options, ThreadStarter starter)
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
            NamedStaging.Sweep(layout.Blobs);
            Staging staging = options.UnnamedStaging && UnnamedStaging.IsSupported(layout) ? new UnnamedStaging(layout) : new NamedStaging(layout);
            if (staging is NamedStaging)
                ProbeUnlessFull(staging, layout);
            return new FileSystemBlobStore(layout, staging, new BlobPublisher(layout, staging, options.IsDurable), options, starter);
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
            FileIdentity identity = Disk.Identify(handle);
            long lengthBytes = identity.LengthBytes;
            if (_verifier.IsKnownWrong(digest, identity))
            {
                handle.Dispose();
                return new ValueTask<IBlob?>((IBlob?)null);
            }

            bool isPlausible = BlobLayout.IsPlausible(digest, lengthBytes);
            if ((isPlausible && lengthBytes <= _verifiedByReaderBytes) || _verifier.IsKnownRight(digest, identity))
                return new ValueTask<IBlob?>(new FileSystemBlob(_layout, handle, digest, lengthBytes));
            var blob = new UnverifiedBlob(new FileSystemBlob(_layout, handle, digest, lengthBytes), _verifier, identity);
            return lengthBytes > VerifiedWhenOpenedBytes ? new ValueTask<IBlob?>(blob) : OpenVerifiedAsync(blob, cancellationToken);
        }
        catch (Exception e) when (StorageFailure.IsOfDisk(e))
        {
            handle?.Dispose();
            throw StorageFailure.From(e, $"Cannot open blob {_layout.PathOf(digest)}");
        }
    }

    /// <inheritdoc/>
    public ValueTask<bool> ExistsAsync(Digest digest, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            using SafeFileHandle? handle = Disk.TryOpenBlob(_layout, digest);
            return new ValueTask<bool>(handle is not null && _verifier.IsStored(digest, Disk.Identify(handle)));
        }
        catch (Exception e) when (StorageFailure.IsOfDisk(e))
        {
            throw StorageFailure.From(e, $"Cannot open blob {_layout.PathOf(digest)}");
        }
    }

    /// <inheritdoc/>
    public async ValueTask<string?> FindProblemAsync(CancellationToken cancellationToken)
    {
        try
        {
            // No content has this digest: the look for it shows whether the folders can be read.
            await ExistsAsync(new Digest(new byte[Digest.LengthBytes]), cancellationToken).ConfigureAwait(false);
            return await _probe.FindProblemAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (BlobStoreException e)
        {
            return e.Message;
        }
    }

    /// <inheritdoc/>
    public ValueTask<IBlobUpload> BeginUploadAsync(long? lengthBytes, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (lengthBytes >= FreeSpaceCheckBytes && FindSpace() is { FreeBytes: var freeBytes } && freeBytes < lengthBytes)
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
    public ValueTask<bool> PurgeAsync(Digest digest, CancellationToken cancellationToken) =>
        cancellationToken.IsCancellationRequested
            ? ValueTask.FromCanceled<bool>(cancellationToken)
            : _threads.RunAsync(
                (_publisher, _group, digest),
                static s =>
                {
                    bool deleted = s._publisher.Purge(s.digest);
                    s._group?.EmptyLog();
                    return deleted;
                });

    /// <inheritdoc/>
    public async ValueTask<bool> VerifyAsync(Digest digest, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        BlobVerification verification;
        try
        {
            using SafeFileHandle? handle = Disk.TryOpenBlob(_layout, digest);
            if (handle is null)
                return false;
            FileIdentity identity = Disk.Identify(handle);
            if (_verifier.IsKnownWrong(digest, identity))
                return false;
            verification = _verifier.Join(digest, handle, identity);
        }
        catch (Exception e) when (StorageFailure.IsOfDisk(e))
        {
            throw StorageFailure.From(e, $"Cannot open blob {_layout.PathOf(digest)}");
        }

        try
        {
            return await verification.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            verification.Leave();
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<BlobInfo> ListAsync(CancellationToken cancellationToken) =>
        new BlobListing(_layout, _threads).ReadAsync(cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<BlobInfo> ListPartAsync(byte part, CancellationToken cancellationToken) =>
        new BlobListing(_layout, _threads).ReadAsync(part, cancellationToken);

    /// <summary>The space of the file system that the blobs lie on; null when that cannot be told.</summary>
    public DiskSpace? FindSpace() => Disk.FindSpace(_layout.Incoming);

    /// <summary>A folder that cannot be written to is found now and not by the first upload. What is there is served without room, too.</summary>
    private static void ProbeUnlessFull(Staging staging, BlobLayout layout)
    {
        try
        {
            staging.Probe(layout);
        }
        catch (IOException e) when (StorageFailure.IsFull(e))
        {
            // Uploads will be told.
        }
    }

    private static async ValueTask<IBlob?> OpenVerifiedAsync(UnverifiedBlob blob, CancellationToken cancellationToken)
    {
        try
        {
            await blob.EnsureVerifiedAsync(cancellationToken).ConfigureAwait(false);
            return blob;
        }
        catch (BlobDamagedException)
        {
            await blob.DisposeAsync().ConfigureAwait(false);
            return null;
        }
        catch
        {
            await blob.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Finishes the writes that wait, and ends the threads. Blobs that are open stay readable.</summary>
    public void Dispose()
    {
        _comparer.Dispose();
        _group?.Dispose();
        _threads.Dispose();
    }
}
