using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Shacache.Posix;

/// <summary>Calls for copies of files: sharing their blocks, and finding out where a path leads.</summary>
internal static partial class CopyCalls
{
    private const int MaxPathBytes = 4096;

    /// <summary>FICLONE, whose direction is encoded differently on POWER.</summary>
    private static readonly nuint Clone = RuntimeInformation.ProcessArchitecture == Architecture.Ppc64le ? 0x80049409u : 0x40049409u;

    /// <summary>Gives an empty file the content of another one; the two share their blocks until one of them is written to.</summary>
    /// <returns>False where the file system cannot do that, or the two are on different ones.</returns>
    public static bool TryClone(SafeFileHandle target, SafeFileHandle source) =>
        ProcessCalls.Is64BitLinux && DeviceControl(target, Clone, source.DangerousGetHandle()) == 0;

    /// <summary>Where a path leads, all symbolic links followed.</summary>
    /// <returns>Null when there is no such file or folder.</returns>
    public static unsafe string? FindRealPath(string path)
    {
        byte* buffer = stackalloc byte[MaxPathBytes];
        return RealPath(path, buffer) == 0 ? null : Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(buffer));
    }

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int DeviceControl(SafeFileHandle file, nuint request, nint argument);

    [LibraryImport("libc", EntryPoint = "realpath", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial nint RealPath(string path, byte* resolved);
}
