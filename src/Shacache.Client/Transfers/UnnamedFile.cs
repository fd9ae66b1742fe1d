using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Shacache.Client.Archives.Posix;
using Shacache.Posix;

namespace Shacache.Client.Transfers;

/// <summary>Files without a name (O_TMPFILE), which are gone with the process unless they are linked into place. Linux only.</summary>
internal static class UnnamedFile
{
    private const UnixFileMode DefaultMode = (UnixFileMode)FileCalls.DefaultMode;

    /// <summary>Creates one in the file system of a folder; null where the kernel or the file system cannot.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="mode">Who may do what with it, less what the process never allows (umask).</param>
    public static SafeFileHandle? TryCreate(string folder, UnixFileMode mode = DefaultMode)
    {
        // Without /proc it could never get its name.
        if (!OperatingSystem.IsLinux() || !Directory.Exists("/proc/self/fd"))
            return null;
        int descriptor = FileCalls.OpenAt(
            FileCalls.CurrentFolder, FileName.FromText(folder), FileCalls.UnnamedFile | FileCalls.ReadWrite | FileCalls.CloseOnExec, (uint)mode);
        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }

    /// <summary>Gives it a name; false when that is taken.</summary>
    /// <exception cref="IOException">It cannot have that name.</exception>
    public static bool TryLink(SafeFileHandle file, string path)
    {
        // Through /proc, because naming a descriptor directly needs a capability on most kernels.
        byte[] source = FileName.FromText($"/proc/self/fd/{file.DangerousGetHandle()}");
        byte[] name = FileName.FromText(path);
        if (FileCalls.LinkAt(FileCalls.CurrentFolder, source, FileCalls.CurrentFolder, name, FileCalls.FollowLink) == 0)
            return true;
        int error = Marshal.GetLastPInvokeError();
        return error == PosixError.Exists ? false : throw FileSystemCalls.Failure("create", name, error);
    }
}
