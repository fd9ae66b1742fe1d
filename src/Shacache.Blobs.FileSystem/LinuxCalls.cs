using System.Runtime.InteropServices;

namespace Shacache.Blobs.FileSystem;

/// <summary>The system calls that .NET has no method for. The numbers are those of 64-bit Linux.</summary>
internal static partial class LinuxCalls
{
    public const int ReadOnly = 0;
    public const int ReadWrite = 2;
    public const int CloseOnExec = 0x80000;
    public const int CurrentFolder = -100;
    public const int FollowLink = 0x400;
    public const int WaitForEarlierWrite = 1;
    public const int StartWrite = 2;
    public const int NotNeeded = 4;

    public const int EmptyPath = 0x1000;
    public const uint BasicStatus = 0x7ff;
    public const int DuplicateCloseOnExec = 1030;

    public const int NoEntry = 2;
    public const int InputOutput = 5;
    public const int Exists = 17;
    public const int Invalid = 22;
    public const int NoSuchCall = 38;
    public const int NotSupported = 95;
    public const int NoSpace = 28;
    public const int QuotaExceeded = 122;

    /// <summary>Read and write for all, less the umask, as for any other file.</summary>
    public const uint DefaultMode = 0x1B6;

    /// <summary>O_TMPFILE, which includes O_DIRECTORY, and that differs by architecture.</summary>
    public static readonly int UnnamedFile = 0x400000 | RuntimeInformation.ProcessArchitecture switch
    {
        Architecture.Arm64 or Architecture.Ppc64le => 0x4000,
        _ => 0x10000,
    };

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true)]
    public static unsafe partial int Open(byte* path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int Fsync(SafeHandle file);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int Fdatasync(SafeHandle file);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    public static partial int SyncFileSystem(SafeHandle file);

    [LibraryImport("libc", EntryPoint = "sync")]
    public static partial void SyncAll();

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Rename(string path, string newPath);

    [LibraryImport("libc", EntryPoint = "sync_file_range", SetLastError = true)]
    public static partial int SyncFileRange(SafeHandle file, long offset, long lengthBytes, uint flags);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    public static partial int Advise(SafeHandle file, long offset, long lengthBytes, int advice);

    [LibraryImport("libc", EntryPoint = "linkat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int LinkAt(int sourceFolder, string source, int folder, string path, int flags);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    public static unsafe partial int Status(SafeHandle file, byte* path, int flags, uint mask, out StatusBuffer status);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Control(SafeHandle file, int command, nint argument);

    /// <summary>The failure of the last call as .NET's own methods would report it: the error number is the HResult.</summary>
    public static IOException LastError(string verb, string path)
    {
        int error = Marshal.GetLastPInvokeError();
        return new IOException($"Cannot {verb} {path}: {Marshal.GetPInvokeErrorMessage(error)}.", error);
    }

    /// <summary>The answer of statx(2), whose layout is the same on every processor, unlike stat's.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    public readonly struct StatusBuffer
    {
        [FieldOffset(32)]
        public readonly ulong Inode;

        [FieldOffset(40)]
        public readonly ulong SizeBytes;

        [FieldOffset(96)]
        public readonly long ChangeSeconds;

        [FieldOffset(104)]
        public readonly uint ChangeNanoseconds;

        [FieldOffset(112)]
        public readonly long ModificationSeconds;

        [FieldOffset(120)]
        public readonly uint ModificationNanoseconds;
    }
}
