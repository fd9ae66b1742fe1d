using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Shacache.Posix;

/// <summary>Calls on files and folders. The numbers are those of Linux.</summary>
/// <remarks>
/// Where names are bytes, they end with a NUL. Names in an archive are bytes, not text, and a path that is resolved anew at every call can be
/// redirected between two of them: hence the calls that are relative to an open folder.
/// </remarks>
internal static partial class FileCalls
{
    public const int ReadOnly = 0;
    public const int WriteOnly = 1;
    public const int ReadWrite = 2;
    public const int Create = 0x40;
    public const int CreateExclusively = Create | 0x80;
    public const int Append = 0x400;
    public const int NonBlocking = 0x800;
    public const int CloseOnExec = 0x80000;

    public const int RemoveDirectory = 0x200;
    public const int NoFollowAt = 0x100;
    public const int FollowLink = 0x400;
    public const int EmptyPath = 0x1000;
    public const uint BasicStatus = 0x7ff;
    public const int SeekData = 3;
    public const int SeekHole = 4;
    public const int DuplicateCloseOnExec = 1030;
    public const uint WaitForEarlierWrite = 1;
    public const uint StartWrite = 2;
    public const int NotNeeded = 4;

    /// <summary>Read and write for all, less the umask, as for any other file.</summary>
    public const uint DefaultMode = 0x1B6;

    private const string Library = "libc";

    // These differ by processor; the others above are the same on every one that .NET runs on.
    private static readonly bool HasOwnFlags =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Armv6 or Architecture.Arm64 or Architecture.Ppc64le;

    public static int Directory { get; } = HasOwnFlags ? 0x4000 : 0x10000;

    public static int NoFollow { get; } = HasOwnFlags ? 0x8000 : 0x20000;

    /// <summary>O_TMPFILE, which includes O_DIRECTORY.</summary>
    public static int UnnamedFile { get; } = 0x400000 | Directory;

    public static SafeFileHandle CurrentFolder { get; } = new(-100, ownsHandle: false);

    [LibraryImport(Library, EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, uint mode);

    // A marshalled text would cost an allocation, or a copy, for each blob that is asked for.
    [LibraryImport(Library, EntryPoint = "open", SetLastError = true)]
    public static partial int Open(ReadOnlySpan<byte> path, int flags, uint mode);

    [LibraryImport(Library, EntryPoint = "openat", SetLastError = true)]
    public static partial int OpenAt(SafeFileHandle folder, ReadOnlySpan<byte> name, int flags, uint mode);

    [LibraryImport(Library, EntryPoint = "mkdirat", SetLastError = true)]
    public static partial int MakeFolderAt(SafeFileHandle folder, ReadOnlySpan<byte> name, uint mode);

    [LibraryImport(Library, EntryPoint = "symlinkat", SetLastError = true)]
    public static partial int SymbolicLinkAt(ReadOnlySpan<byte> target, SafeFileHandle folder, ReadOnlySpan<byte> name);

    [LibraryImport(Library, EntryPoint = "linkat", SetLastError = true)]
    public static partial int LinkAt(
        SafeFileHandle oldFolder, ReadOnlySpan<byte> oldName, SafeFileHandle newFolder, ReadOnlySpan<byte> newName, int flags);

    [LibraryImport(Library, EntryPoint = "unlinkat", SetLastError = true)]
    public static partial int UnlinkAt(SafeFileHandle folder, ReadOnlySpan<byte> name, int flags);

    [LibraryImport(Library, EntryPoint = "readlinkat", SetLastError = true)]
    public static partial nint ReadLinkAt(SafeFileHandle folder, ReadOnlySpan<byte> name, Span<byte> buffer, nint size);

    [LibraryImport(Library, EntryPoint = "fchmod", SetLastError = true)]
    public static partial int ChangeMode(SafeFileHandle file, uint mode);

    [LibraryImport(Library, EntryPoint = "fchown", SetLastError = true)]
    public static partial int ChangeOwner(SafeFileHandle file, uint user, uint group);

    [LibraryImport(Library, EntryPoint = "fchownat", SetLastError = true)]
    public static partial int ChangeOwnerAt(SafeFileHandle folder, ReadOnlySpan<byte> name, uint user, uint group, int flags);

    [LibraryImport(Library, EntryPoint = "flistxattr", SetLastError = true)]
    public static partial nint ListAttributes(SafeFileHandle file, Span<byte> names, nint size);

    [LibraryImport(Library, EntryPoint = "fgetxattr", SetLastError = true)]
    public static partial nint GetAttribute(SafeFileHandle file, ReadOnlySpan<byte> name, Span<byte> value, nint size);

    [LibraryImport(Library, EntryPoint = "fsetxattr", SetLastError = true)]
    public static partial int SetAttribute(SafeFileHandle file, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, nint size, int flags);

    [LibraryImport(Library, EntryPoint = "futimens", SetLastError = true)]
    public static partial int SetTimes(SafeFileHandle file, ReadOnlySpan<TimeSpec> accessAndModification);

    [LibraryImport(Library, EntryPoint = "utimensat", SetLastError = true)]
    public static partial int SetTimesAt(
        SafeFileHandle folder, ReadOnlySpan<byte> name, ReadOnlySpan<TimeSpec> accessAndModification, int flags);

    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true)]
    public static partial int StatusAt(SafeFileHandle folder, ReadOnlySpan<byte> name, int flags, uint mask, out StatusBuffer status);

    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(SafeFileHandle file, Span<byte> buffer, nint count);

    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(SafeFileHandle file, ReadOnlySpan<byte> buffer, nint count);

    [LibraryImport(Library, EntryPoint = "fsync", SetLastError = true)]
    public static partial int Sync(SafeFileHandle file);

    [LibraryImport(Library, EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int SyncData(SafeFileHandle file);

    [LibraryImport(Library, EntryPoint = "syncfs", SetLastError = true)]
    public static partial int SyncFileSystem(SafeFileHandle file);

    [LibraryImport(Library, EntryPoint = "sync")]
    public static partial void SyncAll();

    [LibraryImport(Library, EntryPoint = "sync_file_range", SetLastError = true)]
    public static partial int SyncRange(SafeFileHandle file, long offset, long lengthBytes, uint flags);

    [LibraryImport(Library, EntryPoint = "posix_fadvise")]
    public static partial int Advise(SafeFileHandle file, long offset, long lengthBytes, int advice);

    [LibraryImport(Library, EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Control(SafeHandle file, int command, nint argument);

    [LibraryImport(Library, EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Rename(string path, string newPath);

    [LibraryImport(Library, EntryPoint = "renameat", SetLastError = true)]
    public static partial int RenameAt(SafeFileHandle oldFolder, ReadOnlySpan<byte> oldName, SafeFileHandle newFolder, ReadOnlySpan<byte> newName);

    [LibraryImport(Library, EntryPoint = "renameat2", SetLastError = true)]
    public static partial int RenameAt2(
        SafeFileHandle oldFolder, ReadOnlySpan<byte> oldName, SafeFileHandle newFolder, ReadOnlySpan<byte> newName, uint flags);

    [LibraryImport(Library, EntryPoint = "fdopendir", SetLastError = true)]
    public static partial nint OpenFolderStream(int descriptor);

    [LibraryImport(Library, EntryPoint = "closedir")]
    public static partial int CloseFolderStream(nint stream);

    /// <summary>The next entry of a folder; zero at its end and for an error, which alone sets errno.</summary>
    public static unsafe byte* ReadFolderStream(nint stream) => Environment.Is64BitProcess ? ReadDir(stream) : ReadDir64(stream);

    /// <summary>Moves the position of a file.</summary>
    public static long Seek(SafeFileHandle file, long offset, int origin) =>
        Environment.Is64BitProcess ? LSeek(file, offset, origin) : LSeek64(file, offset, origin);

    /// <summary>Sets the length of a file.</summary>
    public static int SetLength(SafeFileHandle file, long lengthBytes) =>
        Environment.Is64BitProcess ? FTruncate(file, lengthBytes) : FTruncate64(file, lengthBytes);

    // On 32-bit systems the plain functions take 32-bit offsets.
    [LibraryImport(Library, EntryPoint = "lseek", SetLastError = true)]
    private static partial long LSeek(SafeFileHandle file, long offset, int origin);

    [LibraryImport(Library, EntryPoint = "lseek64", SetLastError = true)]
    private static partial long LSeek64(SafeFileHandle file, long offset, int origin);

    [LibraryImport(Library, EntryPoint = "ftruncate", SetLastError = true)]
    private static partial int FTruncate(SafeFileHandle file, long length);

    [LibraryImport(Library, EntryPoint = "ftruncate64", SetLastError = true)]
    private static partial int FTruncate64(SafeFileHandle file, long length);

    [LibraryImport(Library, EntryPoint = "readdir", SetLastError = true)]
    private static unsafe partial byte* ReadDir(nint stream);

    [LibraryImport(Library, EntryPoint = "readdir64", SetLastError = true)]
    private static unsafe partial byte* ReadDir64(nint stream);
}

/// <summary>The answer of statx(2), whose layout is the same on every processor, unlike stat's.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal readonly struct StatusBuffer
{
    [FieldOffset(16)]
    public readonly uint LinkCount;

    [FieldOffset(20)]
    public readonly uint UserId;

    [FieldOffset(24)]
    public readonly uint GroupId;

    [FieldOffset(28)]
    public readonly ushort Mode;

    [FieldOffset(32)]
    public readonly ulong Inode;

    [FieldOffset(40)]
    public readonly ulong SizeBytes;

    [FieldOffset(48)]
    public readonly ulong Blocks;

    [FieldOffset(96)]
    public readonly long ChangeSeconds;

    [FieldOffset(104)]
    public readonly uint ChangeNanoseconds;

    [FieldOffset(112)]
    public readonly long ModificationSeconds;

    [FieldOffset(120)]
    public readonly uint ModificationNanoseconds;

    [FieldOffset(136)]
    public readonly uint DeviceMajor;

    [FieldOffset(140)]
    public readonly uint DeviceMinor;
}

/// <summary>A point in time as the kernel keeps it; seconds since 1970, which may be negative, and nanoseconds after them.</summary>
/// <param name="Seconds">Seconds since 1970, rounded down.</param>
/// <param name="Nanoseconds">0 to 999,999,999.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct TimeSpec(nint Seconds, nint Nanoseconds)
{
    /// <summary>Makes one of a wider number; a time that the kernel cannot hold becomes the nearest that it can.</summary>
    public static TimeSpec Create(long seconds, int nanoseconds) => new((nint)Math.Clamp(seconds, nint.MinValue, nint.MaxValue), nanoseconds);
}
