using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Shacache.Posix;

/// <summary>Calls on the limits of this process and on locks of files.</summary>
internal static partial class ProcessCalls
{
    private const int OpenFiles = 7;
    private const int AddressSpace = 9;
    private const int MaxArenas = -8;
    private const int FewArenas = 2;
    private const int SetRecordLock = 37;
    private const int LockExclusive = 2;
    private const int LockNonBlocking = 4;
    private const int PriorityOfOne = 1;
    private const int IdlePriority = 3 << 13;

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

    /// <summary>
    /// Has the C library keep few heaps where the address space is limited (RLIMIT_AS, <c>ulimit -v</c>): it reserves 64 MiB for each, and makes
    /// eight for each processor, so that a small limit would be used up by reservations. For 64-bit Linux; to be called before there are threads.
    /// </summary>
    public static void SaveAddressSpace()
    {
        if (GetLimit(AddressSpace, out Limits limits) != 0 || limits.Current == ulong.MaxValue)
            return;
        try
        {
            _ = SetAllocation(MaxArenas, FewArenas);
        }
        catch (EntryPointNotFoundException)
        {
            // Another C library, which has no such heaps.
        }
    }

    /// <summary>Lets the disk serve the calling thread only while no other thread wants it (ioprio_set). For 64-bit Linux.</summary>
    /// <returns>Whether the system took it; it has no effect where the disk's scheduler knows no priorities.</returns>
    public static bool TrySetIdleDiskPriority()
    {
        // The C library has no function for it, and its number differs by processor.
        int number = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => 251,
            Architecture.Arm64 or Architecture.RiscV64 or Architecture.LoongArch64 => 30,
            Architecture.Ppc64le => 273,
            Architecture.S390x => 282,
            _ => 0,
        };
        return number > 0 && Is64BitLinux && SystemCall(number, PriorityOfOne, 0, IdlePriority) == 0;
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

    [LibraryImport("libc", EntryPoint = "mallopt")]
    private static partial int SetAllocation(int parameter, int value);

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(nint number, nint first, nint second, nint third);

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
