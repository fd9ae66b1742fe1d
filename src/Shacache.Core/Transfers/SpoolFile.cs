using Microsoft.Win32.SafeHandles;
using Shacache.Core.Blobs;

namespace Shacache.Core.Transfers;

/// <summary>The bytes of a running transfer, for followers at their own pace. The file has no name, and so does not stay after a crash.</summary>
public sealed class SpoolFile : IDisposable
{
    private const long FreeSpaceCheckBytes = 1 << 20;
    private const long FirstRoomBytes = 64 * 1024;

    private readonly SafeFileHandle _file;

    private SpoolFile(SafeFileHandle file) => _file = file;

    /// <summary>Makes a file.</summary>
    /// <param name="folder">Where; it is made when it is missing.</param>
    /// <param name="roomBytes">How much must be free, as far as is known.</param>
    /// <exception cref="SpoolException">It cannot be made, or there is no room for it.</exception>
    public static SpoolFile Create(string folder, long? roomBytes)
    {
        string path = Path.Combine(folder, $"{Guid.NewGuid():N}.part");
        try
        {
            Directory.CreateDirectory(folder);
            if (roomBytes >= FreeSpaceCheckBytes && new DriveInfo(folder).AvailableFreeSpace < roomBytes)
                throw new IOException($"There is no room for {roomBytes} bytes in {folder}.");
            bool canUnlink = !OperatingSystem.IsWindows();

            // Some room is taken at once: without any, the answer is to say so, which it cannot once it has begun.
            SafeFileHandle file = File.OpenHandle(
                path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, canUnlink ? FileOptions.None : FileOptions.DeleteOnClose,
                preallocationSize: Math.Clamp(roomBytes ?? FirstRoomBytes, 1, FreeSpaceCheckBytes));
            if (canUnlink)
                File.Delete(path);
            return new SpoolFile(Descriptors.Keep(file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SpoolException($"The file {path} for a running transfer cannot be made.", e);
        }
    }

    /// <summary>Writes bytes. Not to be cancelled: a transfer has no second copy of them.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="offset">Where, in bytes from the beginning.</param>
    /// <exception cref="SpoolException">There is no room, or the disk failed.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, long offset)
    {
        try
        {
            await RandomAccess.WriteAsync(_file, bytes, offset).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new SpoolException("The file for a running transfer cannot be written.", e);
        }
    }

    /// <summary>Reads bytes that were written. They were a moment ago, hence they come from memory, mostly.</summary>
    public int Read(Span<byte> bytes, long offset) => RandomAccess.Read(_file, bytes, offset);

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}

/// <summary>The bytes of a running transfer cannot be kept for those who follow it: the disk is full, or failed.</summary>
/// <param name="message">Which file, for the operator.</param>
/// <param name="inner">What the disk said.</param>
public sealed class SpoolException(string message, Exception inner) : StorageFullException(message, inner);
