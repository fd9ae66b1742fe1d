using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Shacache.Posix;

/// <summary>Calls on the limits of this process and on locks of files.</summary>
internal static partial class ProcessCalls
{
    private const int OpenFiles = 7;
    private const int SetRecordLock = 37;
    private const int LockExclusive = 2;
    private const int LockNonBlocking = 4;

    /// <summary>Whether calls may be used whose numbers, structures or file sizes differ on 32 bits and on other systems.</summary>
    public static bool Is64BitLinux { get; } = OperatingSystem.IsLinux() && Environment.Is64BitProcess;

    /// <summary>Raises the number of descriptors that may be open (RLIMIT_NOFILE) as far as this process may raise it. For 64-bit Linux.</summary>
    /// <returns>The limit then; null when it is not known.</returns>
    public static long? RaiseOpenFilesLimit()
    {
        if (GetLimit(OpenFiles, out Limits limits) != 0)
            return null;
        ulong before = limits.Current;
        limits.Current = limits.Most;
        ulong now = before < limits.Most && SetLimit(OpenFiles, in limits) == 0 ? limits.Most : before;
        return (long)Math.Min(now, long.MaxValue);
    }

    /// <summary>Takes the exclusive lock of an open file (flock), without waiting.</summary>
    /// <returns>The error; zero when it was taken.</returns>
    public static int TryLock(SafeFileHandle file) => Lock(file, LockExclusive | LockNonBlocking) == 0 ? 0 : PosixError.Last;

    /// <summary>Takes the lock for writing of a whole file for as long as it is open here (F_OFD_SETLK), without waiting. For 64-bit Linux.</summary>
    /// <returns>The error; zero when it was taken.</returns>
    public static unsafe int TryLockRecords(SafeFileHandle file)
    {
        var whole = new RecordLock { Type = 1 };
        return FileCalls.Control(file, SetRecordLock, (nint)(&whole)) == 0 ? 0 : PosixError.Last;
    }

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Lock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, out Limits limits);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, in Limits limits);

    private struct Limits
    {
        public ulong Current;
        public ulong Most;
    }

    /// <summary>struct flock of 64-bit Linux. Type 1 is for writing; from 0, 0 bytes are all.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 32)]
    private struct RecordLock
    {
        [FieldOffset(0)]
        public short Type;
    }
}
