using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Shacache.Client.Archives.Posix;
using Shacache.Posix;

namespace Shacache.Client.Transfers;

/// <summary>Where the name of an output leads to: links are followed to their end, as other programs that write to them do.</summary>
/// <param name="Path">The file itself, which may not exist yet.</param>
/// <param name="Handle">
/// What is written to as it is, since no file can take its place: a pipe, a terminal, an open file of this or another process. Null for a file of its own.
/// </param>
internal sealed record OutputPlace(string Path, SafeFileHandle? Handle)
{
    /// <summary>As many links as Linux follows.</summary>
    private const int MaxLinks = 40;
    private const int ProcessOpenPath = 0x200000;

    /// <summary>Follows a name.</summary>
    /// <exception cref="IOException">It leads to a folder, to a device that holds files, to a folder that does not exist, or in a circle.</exception>
    /// <exception cref="UnauthorizedAccessException">What it leads to may not be written.</exception>
    public static OutputPlace Find(string name)
    {
        string path = System.IO.Path.GetFullPath(name);
        for (int links = 0; links <= MaxLinks; links++)
        {
            if (Directory.Exists(path))
                throw new IOException($"{path} is a folder, not a file.");
            string folder = System.IO.Path.GetDirectoryName(path)!;
            if (!Directory.Exists(folder))
                throw new DirectoryNotFoundException($"{path} cannot be written: there is no folder {folder}.");
            if (OperatingSystem.IsWindows())
                return new OutputPlace(path, null);
            if (OpenDescriptor(folder, path) is { } open)
                return new OutputPlace(path, open);
            if (new FileInfo(path).LinkTarget is not { } target)
                return new OutputPlace(path, OpenSpecial(path));
            // Against the folder, whatever links lead to it: .. in a target means the folder above the link.
            path = System.IO.Path.GetFullPath(target, RealPath(folder) ?? folder);
        }

        throw new IOException($"{name} cannot be written: its links lead in a circle.");
    }

    /// <summary>What is open in a process, as <c>/proc/self/fd/1</c> and <c>/dev/fd/3</c> name it. Such a link leads to the open file, and its text is a mere description.</summary>
    private static SafeFileHandle? OpenDescriptor(string folder, string path)
    {
        if (!OperatingSystem.IsLinux() || RealPath(folder) is not { } real || !real.StartsWith("/proc/", StringComparison.Ordinal) || System.IO.Path.GetFileName(real) != "fd")
            return null;
        bool isOwn = real.StartsWith($"/proc/{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}/", StringComparison.Ordinal);
        // Through the descriptor itself: then its position and its mode, such as appending, are kept, and it may be a socket.
        if (isOwn && int.TryParse(System.IO.Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out int descriptor))
            return File.Exists(path) || new FileInfo(path).LinkTarget is not null ? new SafeFileHandle(descriptor, ownsHandle: false) : throw new IOException($"{path} is not open in this process.");
        return File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
    }

    private static SafeFileHandle? OpenSpecial(string path)
    {
        switch (FileSystemCalls.FindStatus(FileCalls.CurrentFolder, FileName.FromText(path))?.Kind)
        {
            case null or FileKind.Regular or FileKind.SymbolicLink:
                return null;
            case FileKind.BlockDevice or FileKind.Socket:
                throw new IOException($"{path} is a block device or a socket, which is not written to.");
            default:
                return File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        }
    }

    /// <summary>The name of a folder without any link in it; null where the system does not tell.</summary>
    private static string? RealPath(string folder)
    {
        if (!OperatingSystem.IsLinux())
            return null;
        int descriptor = FileCalls.OpenAt(FileCalls.CurrentFolder, FileName.FromText(folder), ProcessOpenPath | FileCalls.Directory | FileCalls.CloseOnExec, 0);
        if (descriptor < 0)
            return null;
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        return new FileInfo($"/proc/self/fd/{descriptor.ToString(CultureInfo.InvariantCulture)}").LinkTarget;
    }
}
