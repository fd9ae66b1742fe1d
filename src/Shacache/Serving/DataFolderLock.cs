using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Shacache.Cli.Serving;

/// <summary>Keeps a second server, or maintenance, away from a data folder.</summary>
/// <remarks>
/// An advisory lock (flock) on the file <c>lock</c>: the kernel releases it with the process, however that ends, so a file
/// that stayed behind means nothing. It holds the process id, for the message to whoever comes second.
/// </remarks>
internal sealed partial class DataFolderLock : IDisposable
{
    private const int Exclusive = 2;
    private const int NonBlocking = 4;
    private readonly FileStream _file;

    private DataFolderLock(FileStream file) => _file = file;

    /// <summary>Makes the folder when it is missing, and takes the lock.</summary>
    /// <exception cref="CommandFailedException">Somebody else has it, or the folder cannot be written to.</exception>
    public static DataFolderLock Acquire(string dataFolder)
    {
        string path = Path.Combine(dataFolder, "lock");
        FileStream? file = null;
        try
        {
            Directory.CreateDirectory(dataFolder);
            // Elsewhere than on Unix the share mode itself keeps others away.
            file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, OperatingSystem.IsWindows() ? FileShare.Read : FileShare.ReadWrite);
            if (!OperatingSystem.IsWindows() && FLock(file.SafeFileHandle, Exclusive | NonBlocking) != 0)
                throw InUse(dataFolder, file);
            file.SetLength(0);
            file.Write(System.Text.Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n"));
            file.Flush();
            return new DataFolderLock(file);
        }
        catch (Exception e)
        {
            file?.Dispose();
            if (e is IOException or UnauthorizedAccessException)
                throw new CommandFailedException(ExitCode.Error, $"the data folder {dataFolder} cannot be used: {e.Message}", e);
            throw;
        }
    }

    public void Dispose() => _file.Dispose();

    private static CommandFailedException InUse(string dataFolder, FileStream file)
    {
        using var reader = new StreamReader(file, leaveOpen: true);
        string holder = reader.ReadToEnd().Trim();
        string process = holder.Length > 0 ? $"process {holder}" : "another process";
        return new CommandFailedException(
            ExitCode.Error, $"the data folder {dataFolder} is in use by {process}; stop that one, or give this one its own folder with --data.");
    }

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int FLock(SafeFileHandle file, int operation);
}
