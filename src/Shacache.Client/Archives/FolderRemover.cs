using Microsoft.Win32.SafeHandles;
using Shacache.Client.Archives.Posix;
using Shacache.Posix;

namespace Shacache.Client.Archives;

/// <summary>Removes a folder with all that is in it, whatever its names and modes; follows no links.</summary>
internal static class FolderRemover
{
    private const uint OwnerOnly = 0x1c0;

    /// <summary>Removes a folder below an open one; it may have been removed already.</summary>
    public static void Remove(SafeFileHandle parent, ReadOnlySpan<byte> name)
    {
        if (FileSystemCalls.FindStatus(parent, name) is not { } status)
            return;
        if (status.Kind == FileKind.Folder)
        {
            using SafeFileHandle folder = FileSystemCalls.OpenFolder(parent, name);
            // Without write permission its owner, unless root, could not remove what is in it. If this fails, the removal reports why.
            _ = FileCalls.ChangeMode(folder, OwnerOnly);
            foreach (byte[] child in FolderListing.ReadSorted(folder))
                Remove(folder, child);
        }

        FileSystemCalls.Unlink(parent, name, status.Kind == FileKind.Folder);
    }
}
