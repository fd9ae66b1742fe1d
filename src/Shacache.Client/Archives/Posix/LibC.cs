using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Shacache.Client.Archives.Posix;

/// <summary>The system calls that .NET has no equal for: relative to an open folder, with names as bytes.</summary>
/// <remarks>
/// Names in an archive are bytes, not text, and a path that is resolved anew at every call can be redirected between two of
/// them. Hence everything goes through descriptors of folders, and names end with a NUL.
/// </remarks>
internal static partial class LibC
{
    public const int CreateExclusively = 0x40 | 0x80;
    public const int CloseOnExec = 0x80000;
    public const int ReadOnly = 0;
    public const int WriteOnly = 1;
    public const int NonBlocking = 0x800;
    public const int RemoveDirectory = 0x200;
    public const int NoFollowAt = 0x100;
    public const int EmptyPath = 0x1000;
    public const int SeekData = 3;
    public const int SeekHole = 4;
    public const int LockExclusive = 2;
    public const int LockNonBlocking = 4;

    private const string Library = "libc";

    // These two differ by processor; the others above are the same on every one that .NET runs on.
    private static readonly bool HasOwnFlags =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm or Architecture.Armv6 or Architecture.Arm64 or Architecture.Ppc64le;

    public static int Directory { get; } = HasOwnFlags ? 0x4000 : 0x10000;

    public static int NoFollow { get; } = HasOwnFlags ? 0x8000 : 0x20000;

    public static SafeFileHandle CurrentFolder { get; } = new(-100, ownsHandle: false);

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

    [LibraryImport(Library, EntryPoint = "syncfs", SetLastError = true)]
    public static partial int SyncFileSystem(SafeFileHandle file);

    [LibraryImport(Library, EntryPoint = "sync")]
    public static partial void SyncAll();

    [LibraryImport(Library, EntryPoint = "fsync", SetLastError = true)]
    public static partial int Sync(SafeFileHandle file);

    [LibraryImport(Library, EntryPoint = "flock", SetLastError = true)]
    public static partial int Lock(SafeFileHandle file, int operation);

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
