using System.Runtime.InteropServices;

namespace Shacache.Benchmarks.Load;

/// <summary>The system calls of the load generator and of process control. Linux only, as the benchmarks are.</summary>
internal static partial class LibC
{
    public const int TryAgain = 11;
    public const int InProgress = 115;
    public const int Terminate = 15;

    private const int InternetFamily = 2;
    private const int StreamNonBlockingCloseOnExec = 1 | 0x800 | 0x80000;
    private const int NoSignal = 0x4000;
    private const int DropFlag = 0x20;
    private const int TcpLevel = 6;
    private const int TcpNoDelay = 1;

    // linux/fs.h, 64 bits.
    private const nuint GetFlags = 0x80086601;
    private const nuint SetFlags = 0x40086602;
    private const long TopOfHierarchies = 0x20000;

    /// <summary>Begins to connect to a port of 127.0.0.1.</summary>
    /// <returns>The descriptor of a non-blocking socket.</returns>
    public static unsafe int ConnectToLoopback(int port)
    {
        int descriptor = Check(Socket(InternetFamily, StreamNonBlockingCloseOnExec, 0), "socket");
        int one = 1;
        Check(SetOption(descriptor, TcpLevel, TcpNoDelay, &one, sizeof(int)), "setsockopt");
        byte* address = stackalloc byte[16] { InternetFamily, 0, (byte)(port >> 8), (byte)port, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0 };
        if (Connect(descriptor, address, 16) < 0 && Marshal.GetLastPInvokeError() != InProgress)
        {
            int error = Marshal.GetLastPInvokeError();
            Close(descriptor);
            throw new LoadException($"connect to 127.0.0.1:{port}: {Marshal.GetPInvokeErrorMessage(error)}");
        }

        return descriptor;
    }

    /// <summary>Sends what fits.</summary>
    /// <returns>Bytes sent; 0 when the socket is not ready.</returns>
    public static unsafe int Send(int descriptor, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
            return ZeroWhenNotReady(Send(descriptor, start, (nuint)bytes.Length, NoSignal), "send");
    }

    /// <summary>Receives what is there.</summary>
    /// <returns>Bytes received; 0 at the end of the stream; -1 when there is nothing yet.</returns>
    public static unsafe int Receive(int descriptor, Span<byte> bytes)
    {
        nint received;
        fixed (byte* start = bytes)
            received = Receive(descriptor, start, (nuint)bytes.Length, 0);
        return received == 0 ? 0 : ZeroWhenNotReady(received, "recv") is var count and > 0 ? count : -1;
    }

    /// <summary>Waits for bytes on a blocking TCP socket and has the kernel drop them.</summary>
    /// <returns>Bytes dropped; 0 at the end of the stream.</returns>
    public static unsafe int Drop(System.Net.Sockets.Socket socket, int maxBytes)
    {
        nint dropped = Receive((int)socket.Handle, null, (nuint)maxBytes, DropFlag);
        return dropped >= 0 ? (int)dropped : throw new LoadException($"recv: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>Writes everything that is dirty on a file's file system to the disk, so that one round does not pay for another.</summary>
    public static void SyncFileSystemOf(string path)
    {
        using var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
        Check(SyncFs(file.SafeFileHandle), "syncfs");
    }

    /// <summary>Asks the file system not to put the folders that are made in a folder side by side (chattr +T). Where that is unknown, nothing happens.</summary>
    public static unsafe void SpreadFolders(string path)
    {
        const int CloseOnExec = 0x80000;
        int descriptor = Open(path, CloseOnExec);
        if (descriptor < 0)
            return;
        long flags = 0;
        if (Control(descriptor, GetFlags, &flags) == 0)
        {
            flags |= TopOfHierarchies;
            _ = Control(descriptor, SetFlags, &flags);
        }

        Close(descriptor);
    }

    /// <summary>Processor time, user and system, of all child processes that have ended and were waited for, with theirs.</summary>
    public static unsafe TimeSpan CpuTimeOfEndedChildren()
    {
        const int Children = -1;
        // struct rusage: the two times, each in seconds and microseconds, and 14 more numbers.
        long* usage = stackalloc long[18];
        Check(GetResourceUsage(Children, usage), "getrusage");
        return TimeSpan.FromSeconds(usage[0] + usage[2]) + TimeSpan.FromMicroseconds(usage[1] + usage[3]);
    }

    public static int Check(int result, string call) =>
        result >= 0 ? result : throw new LoadException($"{call}: {Marshal.GetLastPInvokeErrorMessage()}");

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int processId, int signal);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint GetEffectiveUserId();

    [LibraryImport("libc", EntryPoint = "getrusage", SetLastError = true)]
    private static unsafe partial int GetResourceUsage(int who, long* usage);

    private static int ZeroWhenNotReady(nint result, string call)
    {
        if (result >= 0)
            return (int)result;
        int error = Marshal.GetLastPInvokeError();
        return error == TryAgain ? 0 : throw new LoadException($"{call}: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static unsafe partial int Control(int descriptor, nuint request, void* argument);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    private static unsafe partial int Connect(int descriptor, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static unsafe partial int SetOption(int descriptor, int level, int name, void* value, uint length);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    private static unsafe partial nint Send(int descriptor, byte* bytes, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    private static unsafe partial nint Receive(int descriptor, byte* bytes, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    private static partial int SyncFs(SafeHandle descriptor);
}
