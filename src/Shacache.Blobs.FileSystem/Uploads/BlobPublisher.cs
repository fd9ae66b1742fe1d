using System.Buffers;
using Microsoft.Win32.SafeHandles;
using Shacache.Blobs.FileSystem.Files;
using Shacache.Core.Blobs;

namespace Shacache.Blobs.FileSystem.Uploads;

/// <summary>The steps from bytes to a durable blob, in the one order that a crash cannot spoil. Calls block.</summary>
/// <param name="layout">Where blobs lie.</param>
/// <param name="staging">Where their bytes are before they have a name.</param>
/// <param name="isDurable">Whether they are to survive a loss of power; otherwise nothing is waited for.</param>
internal sealed class BlobPublisher(BlobLayout layout, Staging staging, bool isDurable)
{
    /// <summary>How often the name may be taken and gone again (deletions at the same moment) before this is called a failure.</summary>
    private const int MaxAttempts = 100;

    private readonly BlobFolders _folders = new(layout);

    /// <summary>Held while a name is taken away from a file that has it, so that the file is the one that was looked at.</summary>
    private readonly Lock[] _names = [.. Enumerable.Range(0, 64).Select(_ => new Lock())];

    /// <summary>Keeps the disk at work on a file that grows.</summary>
    public Writeback NewWriteback() => new(isDurable);

    public StagedFile Stage()
    {
        try
        {
            return staging.Create();
        }
        catch (Exception e) when (StorageFailure.IsOfDisk(e))
        {
            throw StorageFailure.From(e, $"Cannot stage a blob in {layout.Incoming}");
        }
    }

    public void Write(StagedFile file, long offset, ReadOnlySpan<byte> bytes)
    {
        try
        {
            RandomAccess.Write(file.Handle, bytes, offset);
        }
        catch (Exception e) when (StorageFailure.IsOfDisk(e))
        {
            throw StorageFailure.From(e, $"Cannot write to a staged blob in {layout.Incoming}");
        }
    }

    /// <summary>To be called after each write to a staged file.</summary>
    public void Advance(Writeback writeback, StagedFile file, long lengthBytes)
    {
        try
        {
            writeback.Advance(file.Handle, lengthBytes, layout.Incoming);
        }
        catch (Exception e) when (StorageFailure.IsOfDisk(e))
        {
            throw StorageFailure.From(e, $"Cannot write out a staged blob in {layout.Incoming}");
        }
    }

    /// <summary>Stages and publishes content that is in memory; only looks when it is stored already. A damaged file is replaced.</summary>
    public BlobCommit Store(Digest digest, ReadOnlySpan<byte> content, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (Holds(digest, content) && TryConfirm(digest))
            return BlobCommit.AlreadyStored;
        using StagedFile file = Stage();
        Write(file, 0, content);
        return Publish(file, content.Length, digest, cancellationToken);
    }

    /// <summary>Makes sure that the file of a blob holds its content, also when it is damaged now. What is written is durable.</summary>
    /// <exception cref="BlobStoreException">That is not possible.</exception>
    public void Restore(Digest digest, ReadOnlySpan<byte> content)
    {
        if (Holds(digest, content))
            return;
        using StagedFile file = Stage();
        Write(file, 0, content);
        try
        {
            Disk.FlushFile(file.Handle, layout.Incoming);
            if (!TryPublish(file, digest))
                Replace(file, digest);
            _folders.Flush(digest);
        }
        catch (Exception e) when (StorageFailure.IsOfDisk(e))
        {
            throw StorageFailure.From(e, $"Cannot restore blob {layout.PathOf(digest)}");
        }
    }

    /// <summary>Flushes the staged bytes, gives them their name, flushes the name.</summary>
    /// <remarks>
    /// A file that has the name already is replaced: the staged bytes are verified, and what lies there may be damaged. They are staged and flushed by
    /// now, so a rename costs no more than the flush of the other file, and much less than to compare the two. Readers of the other one keep it.
    /// </remarks>
    public BlobCommit Publish(StagedFile file, long lengthBytes, Digest digest, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            if (isDurable)
                Disk.FlushFile(file.Handle, layout.Incoming);
            cancellationToken.ThrowIfCancellationRequested();
            for (int attempt = 0; attempt < MaxAttempts; attempt++)
            {
                if (TryPublish(file, digest))
                {
                    FlushName(digest);
                    return BlobCommit.Created;
                }

                if (FindLength(digest) is not { } foundBytes)
                    continue;
                Replace(file, digest);
                FlushName(digest);
                return foundBytes == lengthBytes ? BlobCommit.AlreadyStored : BlobCommit.Created;
            }

            throw new BlobStoreException(
                $"Cannot publish blob {layout.PathOf(digest)}: it was there and gone again {MaxAttempts} times. Does something else delete blobs?");
        }
        catch (Exception e) when (StorageFailure.IsOfDisk(e))
        {
            throw StorageFailure.From(e, $"Cannot publish blob {layout.PathOf(digest)}");
        }
    }

    /// <summary>Deletes a blob. Not flushed: a deletion that a loss of power undoes brings back correct bytes.</summary>
    public bool Delete(Digest digest)
    {
        string path = layout.PathOf(digest);
        try
        {
            lock (NameLock(digest))
            {
                if (!File.Exists(path))
                    return false;
                File.Delete(path);
                return true;
            }
        }
        catch (DirectoryNotFoundException)
        {
            return false;
        }
        catch (Exception e) when (StorageFailure.IsOfDisk(e))
        {
            throw StorageFailure.From(e, $"Cannot delete blob {path}");
        }
    }

    /// <summary>Deletes a blob, durably.</summary>
    public bool Purge(Digest digest)
    {
        bool deleted = Delete(digest);
        try
        {
            _folders.Flush(digest);
        }
        catch (DirectoryNotFoundException)
        {
            // Nothing was there.
        }
        catch (Exception e) when (StorageFailure.IsOfDisk(e))
        {
            throw StorageFailure.From(e, $"Blob {layout.PathOf(digest)} is deleted, but may come back after a loss of power");
        }

        return deleted;
    }

    /// <summary>Moves a damaged file out of the store, where an operator can look at it; the last one of each name is kept.</summary>
    /// <param name="digest">Its name.</param>
    /// <param name="identity">The file in the state that was found damaged.</param>
    /// <param name="movedTo">Where it is now; null when it could not be moved, as on a file system that has become read-only.</param>
    /// <returns>False when it has lost its name, or was written to, in between.</returns>
    public bool TrySetAside(Digest digest, in FileIdentity identity, out string? movedTo)
    {
        movedTo = null;
        lock (NameLock(digest))
        {
            using SafeFileHandle? file = Disk.TryOpenBlob(layout, digest);
            if (file is null || Disk.Identify(file) != identity)
                return false;
            string path = layout.QuarantinedPathOf(digest);
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                File.Move(layout.PathOf(digest), path, overwrite: true);
                movedTo = path;
            }
            catch (Exception e) when (StorageFailure.IsOfDisk(e))
            {
                // It is not served all the same, and its place is taken by the next upload.
            }

            return true;
        }
    }

    /// <summary>
    /// Makes sure that a blob that another upload published is durable before it is called stored: its writer may be between the
    /// link and the flush, and a file that was copied here by hand was perhaps never flushed.
    /// </summary>
    /// <returns>False when it is gone.</returns>
    private bool TryConfirm(Digest digest)
    {
        try
        {
            using SafeFileHandle? existing = Disk.TryOpenBlob(layout, digest);
            if (existing is null)
                return false;
            if (isDurable)
                Disk.FlushExisting(existing, layout.Blobs);
            FlushName(digest);
            return true;
        }
        catch (Exception e) when (StorageFailure.IsOfDisk(e))
        {
            throw StorageFailure.From(e, $"Cannot look at blob {layout.PathOf(digest)}, which an upload brings again");
        }
    }

    private void FlushName(Digest digest)
    {
        if (isDurable)
            _folders.Flush(digest);
    }

    private long? FindLength(Digest digest)
    {
        using SafeFileHandle? existing = Disk.TryOpenBlob(layout, digest);
        return existing is null ? null : RandomAccess.GetLength(existing);
    }

    private bool Holds(Digest digest, ReadOnlySpan<byte> content)
    {
        byte[] found = ArrayPool<byte>.Shared.Rent(content.Length);
        try
        {
            using SafeFileHandle? existing = Disk.TryOpenBlob(layout, digest);
            return existing is not null && RandomAccess.GetLength(existing) == content.Length &&
                RandomAccess.Read(existing, found.AsSpan(0, content.Length), 0) == content.Length && content.SequenceEqual(found.AsSpan(0, content.Length));
        }
        catch (Exception e) when (StorageFailure.IsOfDisk(e))
        {
            // What cannot be read is replaced; if that is not possible either, it is told then.
            return false;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(found);
        }
    }

    private Lock NameLock(Digest digest) => _names[BlobLayout.FolderNumber(digest) % _names.Length];

    private void Replace(StagedFile file, Digest digest)
    {
        lock (NameLock(digest))
            staging.Replace(file, digest);
    }

    private bool TryPublish(StagedFile file, Digest digest)
    {
        try
        {
            return staging.TryPublish(file, digest);
        }
        catch (DirectoryNotFoundException)
        {
            _folders.Restore(digest);
            return staging.TryPublish(file, digest);
        }
    }
}
