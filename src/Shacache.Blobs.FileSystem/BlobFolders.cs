using Shacache.Core.Blobs;

namespace Shacache.Blobs.FileSystem;

/// <summary>Makes folders as they are needed, and the names in them durable.</summary>
/// <remarks>
/// A name is durable when its folder was flushed, and the folder when its parent was. Whether a folder that is found was ever
/// flushed into its parent cannot be seen (another thread, or a process that was killed, may have made it a moment ago), so
/// the first blob that goes into it after the start flushes the parents too, and the store remembers that.
/// </remarks>
internal sealed class BlobFolders(BlobLayout layout)
{
    private readonly bool[] _durable = new bool[65536];
    private readonly bool[] _parentDurable = new bool[256];

    /// <summary>Makes the two fixed folders, and the data folder above them.</summary>
    public static void CreateRoots(BlobLayout layout)
    {
        string firstThere = layout.Data;
        while (!Directory.Exists(firstThere) && Path.GetDirectoryName(firstThere) is { } above)
            firstThere = above;
        Directory.CreateDirectory(layout.Blobs);
        Directory.CreateDirectory(layout.Incoming);
        for (string folder = layout.Data; ; folder = Path.GetDirectoryName(folder)!)
        {
            Disk.FlushFolder(folder);
            if (folder.Length <= firstThere.Length)
                break;
        }
    }

    /// <summary>Makes the folder of a blob.</summary>
    public void Create(Digest digest)
    {
        int number = BlobLayout.FolderNumber(digest);
        _durable[number] = false;
        if (!Directory.Exists(layout.ParentFolder(number)))
            _parentDurable[number >> 8] = false;
        Directory.CreateDirectory(layout.Folder(number));
    }

    /// <summary>Returns when the name of a blob survives a loss of power.</summary>
    public void Flush(Digest digest)
    {
        int number = BlobLayout.FolderNumber(digest);
        Disk.FlushFolder(layout.Folder(number));
        if (!Volatile.Read(ref _durable[number]))
        {
            Disk.FlushFolder(layout.ParentFolder(number));
            if (!Volatile.Read(ref _parentDurable[number >> 8]))
            {
                Disk.FlushFolder(layout.Blobs);
                Volatile.Write(ref _parentDurable[number >> 8], true);
            }

            Volatile.Write(ref _durable[number], true);
        }
    }
}
