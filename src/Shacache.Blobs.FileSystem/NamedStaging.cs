using Microsoft.Win32.SafeHandles;
using Shacache.Core;
using Shacache.Core.Blobs;

namespace Shacache.Blobs.FileSystem;

/// <summary>Stages under random names in <c>incoming/</c> and renames. Works everywhere.</summary>
/// <remarks>
/// A rename that never replaces does not exist everywhere, so the look whether the name is free and the rename happen under a
/// lock. That suffices, as one process writes to a data folder; and were there a second one, it would replace a blob by the same bytes.
/// </remarks>
internal sealed class NamedStaging(BlobLayout layout) : Staging
{
    private const string Extension = ".part";

    private readonly Lock[] _locks = [.. Enumerable.Range(0, 64).Select(_ => new Lock())];

    /// <summary>Removes what an earlier process left behind.</summary>
    /// <remarks>
    /// Whoever stages holds its file open and thereby locked (FileShare), so age need not be guessed: what can be opened for
    /// itself alone belongs to nobody.
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

    /// <summary>A name in <c>incoming/</c> that nobody else has, and that <see cref="Sweep"/> knows.</summary>
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
