using Microsoft.Win32.SafeHandles;
using Shacache.Core;
using Shacache.Core.Blobs;
using Shacache.Posix;

namespace Shacache.Blobs.FileSystem.Files;

/// <summary>What is done to files and folders: by system call on Linux, else with what .NET has.</summary>
internal static class Disk
{
    /// <summary>Opens a blob's file for reading.</summary>
    /// <returns>Null when there is none. On Linux a miss costs one system call and no exception: clients ask before every upload.</returns>
    public static SafeFileHandle? TryOpenBlob(BlobLayout layout, Digest digest) =>
        ProcessCalls.Is64BitLinux ? TryOpenByCall(layout, digest) : TryOpenPortably(layout.PathOf(digest));

    /// <summary>Which file it is, and which state of it: a change of its bytes is another one.</summary>
    public static FileIdentity Identify(SafeFileHandle file)
    {
        if (ProcessCalls.Is64BitLinux && FileCalls.StatusAt(file, "\0"u8, FileCalls.EmptyPath, FileCalls.BasicStatus, out StatusBuffer status) == 0)
        {
            return new FileIdentity(
                (long)status.SizeBytes, status.Inode, new Int128((ulong)status.ModificationSeconds, status.ModificationNanoseconds),
                new Int128((ulong)status.ChangeSeconds, status.ChangeNanoseconds));
        }

        return new FileIdentity(RandomAccess.GetLength(file), 0, File.GetLastWriteTimeUtc(file).Ticks, 0);
    }

    /// <summary>Opens an open file once more, so that it stays open when the other handle is closed.</summary>
    public static SafeFileHandle Reopen(SafeFileHandle file, string path)
    {
        if (!ProcessCalls.Is64BitLinux)
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        int descriptor = FileCalls.Control(file, FileCalls.DuplicateCloseOnExec, 0);
        return descriptor >= 0 ? Descriptors.Keep(new SafeFileHandle(descriptor, ownsHandle: true)) : throw PosixError.LastException("open once more", path);
    }

    /// <summary>Returns when the bytes of a file, and what is needed to find them, are on the disk.</summary>
    public static void FlushFile(SafeFileHandle file, string path)
    {
        if (!ProcessCalls.Is64BitLinux)
            RandomAccess.FlushToDisk(file);
        else if (FileCalls.SyncData(file) != 0 && !(IsMissing(PosixError.Last) && FileCalls.Sync(file) == 0))
            throw PosixError.LastException("flush", path);
    }

    /// <summary>The same for a file that is open for reading only, which Windows cannot flush.</summary>
    public static void FlushExisting(SafeFileHandle file, string path)
    {
        if (!OperatingSystem.IsWindows())
            FlushFile(file, path);
    }

    /// <summary>Returns when the names in a folder are on the disk. Where folders cannot be flushed, the file system's journal has to do.</summary>
    public static void FlushFolder(string path)
    {
        if (!ProcessCalls.Is64BitLinux)
            return;
        using SafeFileHandle folder = OpenFolder(path);
        // Some file systems flush no folders (network, FUSE): theirs is the order in which names become durable.
        if (FileCalls.Sync(folder) != 0 && !IsMissing(PosixError.Last))
            throw PosixError.LastException("flush", path);
    }

    /// <summary>Opens a folder in order to flush it. For 64-bit Linux.</summary>
    public static SafeFileHandle OpenFolder(string path)
    {
        int descriptor = FileCalls.Open(path, FileCalls.ReadOnly | FileCalls.CloseOnExec, 0);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : throw PosixError.LastException("open", path);
    }

    /// <summary>Returns when everything that was written to the file system of a file is on the disk: bytes, names, and what is needed to find them.</summary>
    public static void FlushFileSystem(SafeFileHandle file, string path)
    {
        if (FileCalls.SyncFileSystem(file) == 0)
            return;
        if (!IsMissing(PosixError.Last))
            throw PosixError.LastException("write out the file system of", path);
        FileCalls.SyncAll();
    }

    /// <summary>Gives a file another name, within one file system: .NET would copy it to another one.</summary>
    /// <exception cref="DirectoryNotFoundException">The folder is missing.</exception>
    /// <exception cref="IOException">That is not possible.</exception>
    public static void Rename(string path, string newPath)
    {
        if (!ProcessCalls.Is64BitLinux)
            File.Move(path, newPath, overwrite: true);
        else if (FileCalls.Rename(path, newPath) != 0)
            throw PosixError.Last == PosixError.NoEntry ? new DirectoryNotFoundException($"The folder of {newPath} is missing.") : PosixError.LastException($"rename {path} to", newPath);
    }

    /// <summary>Starts to write out what is dirty, so that the last flush is short. A hint: failures show in the flush.</summary>
    /// <returns>Whether it was taken.</returns>
    public static bool StartWriteback(SafeFileHandle file, long offset, long lengthBytes) =>
        ProcessCalls.Is64BitLinux && FileCalls.SyncRange(file, offset, lengthBytes, FileCalls.StartWrite) == 0;

    /// <summary>Waits until what <see cref="StartWriteback"/> was told of has left, and gives back the memory that the system held it in.</summary>
    /// <remarks>For durability the file must be flushed all the same: the disk may have the bytes in a cache of its own.</remarks>
    /// <exception cref="IOException">It could not be written. The next flush of this file would not report it again.</exception>
    public static void FinishWriteback(SafeFileHandle file, long offset, long lengthBytes, string path)
    {
        if (FileCalls.SyncRange(file, offset, lengthBytes, FileCalls.WaitForEarlierWrite) != 0)
            throw PosixError.LastException("write out", path);
        _ = FileCalls.Advise(file, offset, lengthBytes, FileCalls.NotNeeded);
    }

    /// <summary>The space of the file system that a folder lies on; null when that cannot be told.</summary>
    public static DiskSpace? FindSpace(string folder)
    {
        try
        {
            var drive = new DriveInfo(folder);
            return new DiskSpace(drive.AvailableFreeSpace, drive.TotalSize);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Whether a call failed since the file system, or the kernel, does not have it.</summary>
    private static bool IsMissing(int error) => error is PosixError.Invalid or PosixError.NotImplemented or PosixError.NotSupported;

    private static SafeFileHandle? TryOpenByCall(BlobLayout layout, Digest digest)
    {
        Span<byte> path = stackalloc byte[layout.Utf8PathBytes];
        layout.WriteUtf8Path(digest, path);
        int descriptor = FileCalls.Open(path, FileCalls.ReadOnly | FileCalls.CloseOnExec, 0);
        if (descriptor >= 0)
            return Descriptors.Keep(new SafeFileHandle(descriptor, ownsHandle: true));
        return PosixError.Last == PosixError.NoEntry ? null : throw PosixError.LastException("open", layout.PathOf(digest));
    }

    private static SafeFileHandle? TryOpenPortably(string path)
    {
        try
        {
            return File.Exists(path) ? File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete) : null;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }
}

/// <summary>Which file it is, in which state. Equal as long as it was not written to; a file that replaced it has another identity.</summary>
/// <param name="LengthBytes">Its length.</param>
/// <param name="Inode">Its number in the file system; zero where that is not known.</param>
/// <param name="Modified">When its bytes were last changed; a writer can set it.</param>
/// <param name="Changed">When anything of it was last changed, which cannot be set; zero where that is not known.</param>
internal readonly record struct FileIdentity(long LengthBytes, ulong Inode, Int128 Modified, Int128 Changed);

/// <summary>Turns what the operating system says into the exceptions of the contract.</summary>
internal static class StorageFailure
{
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int DarwinQuotaExceeded = 69;

    public static bool IsOfDisk(Exception exception) => exception is IOException or UnauthorizedAccessException;

    /// <param name="exception">What the disk reported.</param>
    /// <param name="attempt">What was tried on which path, without a full stop.</param>
    public static BlobStoreException From(Exception exception, string attempt) =>
        IsFull(exception)
            ? new StorageFullException($"{attempt}: {exception.Message} Nothing was stored; make room.", exception)
            : new BlobStoreException($"{attempt}: {exception.Message}", exception);

    public static bool IsFull(Exception exception)
    {
        if (exception is not IOException)
            return false;
        int code = exception.HResult;
        return code is PosixError.NoSpace or WindowsDiskFull or WindowsHandleDiskFull ||
            (code == PosixError.QuotaExceeded && OperatingSystem.IsLinux()) ||
            (code == DarwinQuotaExceeded && OperatingSystem.IsMacOS());
    }
}
