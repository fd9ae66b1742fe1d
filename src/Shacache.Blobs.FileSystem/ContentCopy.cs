using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Shacache.Blobs.FileSystem.Files;
using Shacache.Core.Blobs;
using Shacache.Posix;

namespace Shacache.Blobs.FileSystem;

/// <summary>Copies content from one data folder, or backup, into another. Each file appears under its name once it is complete.</summary>
/// <remarks>
/// The files of a folder may come and go meanwhile. Where the file system can, copies share their blocks with the original until one of them is written to.
/// For one caller at a time.
/// </remarks>
public sealed class ContentCopy : IDisposable
{
    private const int BufferBytes = 256 * 1024;

    private readonly BlobLayout _source;
    private readonly BlobLayout _target;
    private readonly CopyMode _mode;
    private readonly DiskThreads _thread = new(1, new ThreadStarter());

    /// <param name="from">The folder that holds <c>blobs/</c>.</param>
    /// <param name="to">The folder that gets them.</param>
    /// <param name="mode">How.</param>
    public ContentCopy(string from, string to, CopyMode mode)
    {
        _source = new BlobLayout(Path.GetFullPath(from));
        _target = new BlobLayout(Path.GetFullPath(to));
        _mode = mode;
    }

    /// <summary>Makes the folders, and removes what an interrupted copy left.</summary>
    /// <exception cref="BlobStoreException">That is not possible.</exception>
    public void Prepare()
    {
        try
        {
            for (int number = 0; number < BlobLayout.FolderCount; number++)
            {
                Directory.CreateDirectory(_target.Folder(number));
                NamedStaging.Sweep(_target.Folder(number));
            }
        }
        catch (Exception e) when (StorageFailure.IsOfDisk(e))
        {
            throw StorageFailure.From(e, $"Cannot copy to {_target.Data}");
        }
    }

    /// <summary>What is there to copy.</summary>
    /// <exception cref="BlobStoreException">It cannot be listed.</exception>
    public IAsyncEnumerable<BlobInfo> ListAsync(CancellationToken cancellationToken) => new BlobListing(_source, _thread).ReadAsync(cancellationToken);

    /// <summary>Copies one blob, unless it is there with the same length.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="notBefore">A copy from before this time does not count, as the original was damaged then.</param>
    /// <param name="onRead">Told how many bytes were read.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <exception cref="StorageFullException">There is no room for it.</exception>
    /// <exception cref="BlobStoreException">It cannot be copied.</exception>
    public ValueTask<CopyOutcome> CopyAsync(BlobInfo blob, DateTimeOffset notBefore, Action<long> onRead, CancellationToken cancellationToken) =>
        _thread.RunAsync((this, blob, notBefore, onRead, cancellationToken), static s => s.Item1.Copy(s.blob, s.notBefore, s.onRead, s.cancellationToken));

    /// <summary>Returns when everything that was copied survives a loss of power.</summary>
    /// <exception cref="BlobStoreException">It may not.</exception>
    public ValueTask FlushAsync() => _thread.RunAsync(_target, static target =>
    {
        try
        {
            if (!ProcessCalls.Is64BitLinux)
                return;
            using SafeFileHandle folder = Disk.OpenFolder(target.Data);
            Disk.FlushFileSystem(folder, target.Data);
        }
        catch (Exception e) when (StorageFailure.IsOfDisk(e))
        {
            throw StorageFailure.From(e, $"Cannot write out {target.Data}");
        }
    });

    /// <summary>Removes from the target what is no longer in the source.</summary>
    /// <param name="isKept">Whether a blob stays all the same.</param>
    /// <param name="cancellationToken">Stops between two.</param>
    /// <returns>How many that were.</returns>
    /// <exception cref="BlobStoreException">One cannot be removed.</exception>
    public async Task<long> PruneAsync(Func<Digest, bool> isKept, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(isKept);
        long removed = 0;
        await foreach (BlobInfo blob in new BlobListing(_target, _thread).ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (!isKept(blob.Digest) && await _thread.RunAsync((this, blob.Digest), static s => s.Item1.RemoveIfGone(s.Digest)).ConfigureAwait(false))
                removed++;
        }

        return removed;
    }

    /// <inheritdoc/>
    public void Dispose() => _thread.Dispose();

    private bool RemoveIfGone(Digest digest)
    {
        try
        {
            if (File.Exists(_source.PathOf(digest)))
                return false;
            File.Delete(_target.PathOf(digest));
            return true;
        }
        catch (Exception e) when (StorageFailure.IsOfDisk(e))
        {
            throw StorageFailure.From(e, $"Cannot remove {_target.PathOf(digest)}");
        }
    }

    private CopyOutcome Copy(BlobInfo blob, DateTimeOffset notBefore, Action<long> onRead, CancellationToken cancellationToken)
    {
        string path = _target.PathOf(blob.Digest);
        try
        {
            var there = new FileInfo(path);
            if (there.Exists && there.Length == blob.LengthBytes && there.LastWriteTimeUtc >= notBefore.UtcDateTime)
                return CopyOutcome.Kept;
            string temporary = NamedStaging.NewPath(Path.GetDirectoryName(path)!);
            try
            {
                CopyOutcome outcome = TryLink(blob.Digest, temporary) ? CopyOutcome.Copied : CopyTo(blob.Digest, temporary, onRead, cancellationToken);
                if (outcome == CopyOutcome.Copied)
                    Disk.Rename(temporary, path);
                return outcome;
            }
            finally
            {
                File.Delete(temporary);
            }
        }
        catch (Exception e) when (StorageFailure.IsOfDisk(e))
        {
            throw StorageFailure.From(e, $"Cannot copy object {blob.Digest} to {_target.Data}");
        }
    }

    private bool TryLink(Digest digest, string temporary)
    {
        // Where a link cannot be, as on another file system, a copy does.
        return _mode == CopyMode.Link && ProcessCalls.Is64BitLinux && FileCalls.LinkAt(
            FileCalls.CurrentFolder, Encoding.UTF8.GetBytes($"{_source.PathOf(digest)}\0"), FileCalls.CurrentFolder, Encoding.UTF8.GetBytes($"{temporary}\0"), 0) == 0;
    }

    private CopyOutcome CopyTo(Digest digest, string temporary, Action<long> onRead, CancellationToken cancellationToken)
    {
        using SafeFileHandle? source = Disk.TryOpenBlob(_source, digest);
        if (source is null)
            return CopyOutcome.Gone;
        using SafeFileHandle target = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete);
        bool isCloned = CopyCalls.TryClone(target, source);
        if (isCloned && _mode != CopyMode.Verified)
            return CopyOutcome.Copied;
        byte[] buffer = new byte[BufferBytes];
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA512);
        long offset = 0;
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count;
            try
            {
                count = RandomAccess.Read(source, buffer, offset);
            }
            catch (IOException e) when (e.HResult == PosixError.InputOutput && ProcessCalls.Is64BitLinux)
            {
                return CopyOutcome.Damaged;
            }

            if (count == 0)
                break;
            hash.AppendData(buffer, 0, count);
            if (!isCloned)
                RandomAccess.Write(target, buffer.AsSpan(0, count), offset);
            offset += count;
            onRead(count);
        }

        return new Digest(hash.GetHashAndReset()) == digest ? CopyOutcome.Copied : CopyOutcome.Damaged;
    }
}

/// <summary>How content is copied.</summary>
public enum CopyMode
{
    /// <summary>By sharing blocks where that is possible, else byte by byte, compared with the digest on the way.</summary>
    Copy,

    /// <summary>By a second name of the same file where that is possible: the two share each damage.</summary>
    Link,

    /// <summary>As <see cref="Copy"/>, but everything is compared with its digest.</summary>
    Verified,
}

/// <summary>What became of one blob.</summary>
public enum CopyOutcome
{
    /// <summary>It was copied.</summary>
    Copied,

    /// <summary>It was there.</summary>
    Kept,

    /// <summary>It is no longer in the source.</summary>
    Gone,

    /// <summary>It is damaged in the source, and was not copied.</summary>
    Damaged,
}
