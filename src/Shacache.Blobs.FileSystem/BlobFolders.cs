using Shacache.Core.Blobs;

namespace Shacache.Blobs.FileSystem;

/// <summary>Makes the folders, and the names in them durable.</summary>
/// <remarks>
/// A name is durable when its folder was flushed, and the folder when its parent was. All folders are made and their parent is flushed
/// when the store opens, so that an upload flushes one folder and no more.
/// </remarks>
internal sealed class BlobFolders(BlobLayout layout)
{
    /// <summary>Makes all folders that are missing, and returns when those above the blobs survive a loss of power.</summary>
    public static void CreateAll(BlobLayout layout)
    {
        string firstThere = layout.Data;
        while (!Directory.Exists(firstThere) && Path.GetDirectoryName(firstThere) is { } above)
            firstThere = above;
        Directory.CreateDirectory(layout.Incoming);
        for (int number = 0; number < BlobLayout.FolderCount; number++)
            Directory.CreateDirectory(layout.Folder(number));
        for (string folder = layout.Blobs; ; folder = Path.GetDirectoryName(folder)!)
        {
            Disk.FlushFolder(folder);
            if (folder.Length <= firstThere.Length)
                break;
        }
    }

    /// <summary>Makes the folder of a blob again, which somebody has removed since the start.</summary>
    public void Restore(Digest digest)
    {
        Directory.CreateDirectory(layout.Folder(BlobLayout.FolderNumber(digest)));
        Disk.FlushFolder(layout.Blobs);
    }

    /// <summary>Returns when the name of a blob survives a loss of power.</summary>
    public void Flush(Digest digest) => Disk.FlushFolder(layout.Folder(BlobLayout.FolderNumber(digest)));
}
