using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Shacache.Posix;

namespace Shacache.Client.Archives.Posix;

/// <summary>Lists the names in a folder as bytes.</summary>
internal static class FolderListing
{
    // struct dirent: inode 8, offset 8, record length 2, type 1, then the name.
    private const int NameOffset = 19;

    /// <summary>The names in a folder without <c>.</c> and <c>..</c>, each with its NUL, in the order of their bytes.</summary>
    public static unsafe List<byte[]> ReadSorted(SafeFileHandle folder)
    {
        // A descriptor of its own: the stream keeps position and ownership.
        using SafeFileHandle copy = FileSystemCalls.OpenFolder(folder, ".\0"u8);
        nint stream = FileCalls.OpenFolderStream((int)copy.DangerousGetHandle());
        if (stream == 0)
            throw FileSystemCalls.Failure("list", default, Marshal.GetLastPInvokeError());
        copy.SetHandleAsInvalid();
        try
        {
            var names = new List<byte[]>();
            while (true)
            {
                byte* entry = FileCalls.ReadFolderStream(stream);
                if (entry == null)
                    break;
                ReadOnlySpan<byte> name = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(entry + NameOffset);
                if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
                    names.Add(FileName.WithNul(name));
            }

            int error = Marshal.GetLastPInvokeError();
            if (error != 0)
                throw FileSystemCalls.Failure("list", default, error);
            names.Sort(static (left, right) => left.AsSpan().SequenceCompareTo(right));
            return names;
        }
        finally
        {
            _ = FileCalls.CloseFolderStream(stream);
        }
    }
}

/// <summary>Removes a folder with all that is in it, whatever its names and modes; follows no links.</summary>
internal static class FolderRemover
{
    /// <summary>Removes a folder below an open one; it may have been removed already.</summary>
    public static void Remove(SafeFileHandle parent, ReadOnlySpan<byte> name)
    {
        if (FileSystemCalls.FindStatus(parent, name) is not { } status)
            return;
        if (status.Kind == FileKind.Folder)
        {
            using SafeFileHandle folder = FileSystemCalls.OpenFolder(parent, name);
            // Without write permission its owner, unless root, could not remove what is in it. If this fails, the removal reports why.
            _ = FileCalls.ChangeMode(folder, ModeBits.PrivateFolder);
            foreach (byte[] child in FolderListing.ReadSorted(folder))
                Remove(folder, child);
        }

        FileSystemCalls.Unlink(parent, name, status.Kind == FileKind.Folder);
    }
}
