using System.Text;
using Shacache.Core.Blobs;

namespace Shacache.Blobs.FileSystem.Files;

/// <summary>Where things are below the data folder. Names of blobs are made from a <see cref="Digest"/> and from nothing else.</summary>
internal sealed class BlobLayout
{
    /// <summary>Number of the folders that hold blobs.</summary>
    public const int FolderCount = 256;

    private readonly byte[] _blobsUtf8;

    public BlobLayout(string data)
    {
        Data = data;
        Blobs = Path.Join(data, "blobs");
        Incoming = Path.Join(data, "incoming");
        _blobsUtf8 = Encoding.UTF8.GetBytes(Blobs + "/");
        Utf8PathBytes = _blobsUtf8.Length + "ab/".Length + Digest.HexLength + 1;
    }

    public string Data { get; }

    public string Blobs { get; }

    public string Incoming { get; }

    /// <summary>Path of one of the two segments of the upload log.</summary>
    public string UploadLog(int segment) => Path.Join(Data, $"uploads-{segment}.log");

    /// <summary>Length of what <see cref="WriteUtf8Path"/> writes.</summary>
    public int Utf8PathBytes { get; }

    /// <summary>False for a file that cannot be the blob it is named after, which needs no hashing to be seen.</summary>
    public static bool IsPlausible(Digest digest, long lengthBytes) => lengthBytes > 0 || digest == Digest.Empty;

    /// <summary>Number of the folder that holds a blob, below <see cref="FolderCount"/>: the first byte of its name.</summary>
    public static int FolderNumber(Digest digest)
    {
        Span<byte> bytes = stackalloc byte[Digest.LengthBytes];
        digest.CopyTo(bytes);
        return bytes[0];
    }

    /// <summary>Where a file goes that is not the blob it is named after.</summary>
    public string QuarantinedPathOf(Digest digest) => Path.Join(Data, "quarantine", digest.ToString());

    public string Folder(int folderNumber) => Path.Join(Blobs, folderNumber.ToString("x2"));

    public string PathOf(Digest digest) => Path.Join(Folder(FolderNumber(digest)), digest.ToString());

    /// <summary>Writes the path for a system call, with the NUL at its end: opening a blob makes no string.</summary>
    public void WriteUtf8Path(Digest digest, Span<byte> path)
    {
        _blobsUtf8.CopyTo(path);
        Span<byte> rest = path[_blobsUtf8.Length..];
        Span<byte> name = rest["ab/".Length..];
        digest.FormatTo(name);
        name[..2].CopyTo(rest);
        rest[2] = (byte)'/';
        name[Digest.HexLength] = 0;
    }
}

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

    /// <summary>Creates the folder of a blob again when it was removed since the start.</summary>
    public void Restore(Digest digest)
    {
        Directory.CreateDirectory(layout.Folder(BlobLayout.FolderNumber(digest)));
        Disk.FlushFolder(layout.Blobs);
    }

    /// <summary>Returns when the name of a blob survives a loss of power.</summary>
    public void Flush(Digest digest) => Disk.FlushFolder(layout.Folder(BlobLayout.FolderNumber(digest)));
}
