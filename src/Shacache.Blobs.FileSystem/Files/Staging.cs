using Microsoft.Win32.SafeHandles;
using Shacache.Core;
using Shacache.Core.Blobs;

namespace Shacache.Blobs.FileSystem.Files;

/// <summary>Where bytes wait until they get their name. Calls block.</summary>
internal abstract class Staging
{
    /// <summary>Makes an empty file that no reader of the store sees.</summary>
    public abstract StagedFile Create();

    /// <summary>Gives the file the name of the blob, at once and with all its bytes.</summary>
    /// <returns>False when the name was taken; the file is as it was.</returns>
    /// <exception cref="DirectoryNotFoundException">The folder of the blob is missing.</exception>
    public abstract bool TryPublish(StagedFile file, Digest digest);

    /// <summary>The same, but the file that has the name loses it, at the same instant.</summary>
    public abstract void Replace(StagedFile file, Digest digest);

    /// <summary>Tries out whether a staged file can get its name, so that a problem shows now and not after a whole transfer. No byte is written: the disk may be full.</summary>
    /// <exception cref="IOException">Something is missing.</exception>
    public void Probe(BlobLayout layout)
    {
        string path = NamedStaging.NewPath(layout.Blobs);
        using (StagedFile file = Create())
            Publish(file, path);

        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (StorageFailure.IsOfDisk(e))
        {
            // The next start sweeps it.
        }
    }

    /// <summary>Gives a file a unique name.</summary>
    protected abstract void Publish(StagedFile file, string path);
}

/// <summary>A file that is being filled. Disposing discards it, unless it was published.</summary>
internal sealed class StagedFile(SafeFileHandle handle, string? temporaryPath) : IDisposable
{
    public SafeFileHandle Handle => handle;

    /// <summary>Its name in <c>incoming/</c>; null when it has none.</summary>
    public string? TemporaryPath { get; set; } = temporaryPath;

    public void Dispose()
    {
        handle.Dispose();
        if (TemporaryPath is null)
            return;
        try
        {
            File.Delete(TemporaryPath);
        }
        catch (Exception e) when (StorageFailure.IsOfDisk(e))
        {
            // The next start sweeps it; the upload's own outcome is what the caller must learn.
        }
    }
}

/// <summary>Stages under random names in <c>incoming/</c> and renames. Works everywhere.</summary>
/// <remarks>
/// A rename that never replaces does not exist everywhere, so the look whether the name is free and the rename happen under a
/// lock. That suffices, as one process writes to a data folder; and were there a second one, it would replace a blob by the same bytes.
/// </remarks>
internal sealed class NamedStaging(BlobLayout layout) : Staging
{
    private const string Extension = ".part";

    private readonly Lock[] _locks = [.. Enumerable.Range(0, 64).Select(_ => new Lock())];

    /// <summary>Removes what an earlier process left.</summary>
    /// <remarks>
    /// A process that stages has its file open and locked (FileShare), so no age need be guessed: a file that can be opened for
    /// exclusive access is left over.
    /// </remarks>
    public static void Sweep(string folder)
    {
        foreach (string path in Directory.EnumerateFiles(folder, "*" + Extension))
        {
            try
            {
                File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.None).Dispose();
                File.Delete(path);
            }
            catch (Exception e) when (StorageFailure.IsOfDisk(e))
            {
                // In use, or not ours to delete. It costs room and nothing else.
            }
        }
    }

    /// <summary>A unique name in <c>incoming/</c> that <see cref="Sweep"/> knows.</summary>
    public static string NewPath(BlobLayout layout) => NewPath(layout.Incoming);

    /// <summary>The same in another folder.</summary>
    public static string NewPath(string folder) => Path.Join(folder, Guid.NewGuid().ToString("n") + Extension);

    public override StagedFile Create()
    {
        string path = NewPath(layout);
        // Delete is shared, as Windows else refuses to rename a file that is open.
        SafeFileHandle file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete);
        try
        {
            return new StagedFile(Descriptors.Keep(file), path);
        }
        catch
        {
            File.Delete(path);
            throw;
        }
    }

    public override bool TryPublish(StagedFile file, Digest digest)
    {
        string path = layout.PathOf(digest);
        lock (_locks[BlobLayout.FolderNumber(digest) % _locks.Length])
        {
            if (File.Exists(path))
                return false;
            Disk.Rename(file.TemporaryPath!, path);
        }

        file.TemporaryPath = null;
        return true;
    }

    public override void Replace(StagedFile file, Digest digest)
    {
        Disk.Rename(file.TemporaryPath!, layout.PathOf(digest));
        file.TemporaryPath = null;
    }

    protected override void Publish(StagedFile file, string path)
    {
        Disk.Rename(file.TemporaryPath!, path);
        file.TemporaryPath = null;
    }
}
