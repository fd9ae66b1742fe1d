using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace Shacache.Blobs.FileSystem.Tests;

/// <summary>What the system holds of files in memory.</summary>
internal static partial class PageCache
{
    /// <summary>Bytes of a file that are in memory. The test is skipped where that means nothing.</summary>
    public static unsafe long CountResidentBytesOrSkip(string path)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.Is64BitProcess, "Only Linux tells what it holds in memory.");
        Assert.SkipWhen(new DriveInfo(path).DriveFormat == "tmpfs", "This file system is in memory altogether.");
        using var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, mapName: null, 0, MemoryMappedFileAccess.Read);
        using MemoryMappedViewAccessor view = file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte[] pages = new byte[(new FileInfo(path).Length + Environment.SystemPageSize - 1) / Environment.SystemPageSize];
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            fixed (byte* first = pages)
                Assert.Equal(0, FindResidentPages(start, (nint)new FileInfo(path).Length, first));
        }
        finally
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
        }

        return pages.LongCount(page => (page & 1) != 0) * Environment.SystemPageSize;
    }

    [LibraryImport("libc", EntryPoint = "mincore", SetLastError = true)]
    private static unsafe partial int FindResidentPages(byte* start, nint lengthBytes, byte* pages);
}
