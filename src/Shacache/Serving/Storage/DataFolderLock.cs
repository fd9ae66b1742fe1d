using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Shacache.Cli.Errors;
using Shacache.Core.Messages;
using Shacache.Posix;

namespace Shacache.Cli.Serving.Storage;

/// <summary>Keeps a second server, or maintenance, away from a data folder.</summary>
/// <remarks>
/// An advisory lock (flock) on the file <c>lock</c>: the kernel releases it with the process, however that ends, so a file
/// that stayed behind means nothing. The file <c>pid</c> beside it is only for the message to the second process. A file system that has no
/// flock may have the locks of POSIX (fcntl, which the database needs anyway); where there is neither, nothing could keep a second server away.
/// </remarks>
internal sealed class DataFolderLock : IDisposable
{
    // What FileStream reports when another process has the lock: EWOULDBLOCK, on Windows ERROR_SHARING_VIOLATION.
    private static readonly int HeldResult = OperatingSystem.IsWindows() ? unchecked((int)0x80070020) : OperatingSystem.IsMacOS() ? 35 : PosixError.WouldBlock;
    private readonly FileStream _file;

    private DataFolderLock(FileStream file) => _file = file;

    /// <summary>Makes the folder when it is missing, and takes the lock.</summary>
    /// <exception cref="CommandFailedException">Another process has it, or the folder cannot be written to.</exception>
    public static DataFolderLock Acquire(string dataFolder)
    {
        FileStream? file = null;
        try
        {
            Directory.CreateDirectory(dataFolder);
            file = new FileStream(Path.Combine(dataFolder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);

            // FileStream locks by itself, unless the environment tells .NET not to (DOTNET_SYSTEM_IO_DISABLEFILELOCKING), and takes no notice when it cannot.
            if (!OperatingSystem.IsWindows())
                Lock(file.SafeFileHandle, dataFolder);
            File.WriteAllText(PidPath(dataFolder), Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n");
            return new DataFolderLock(file);
        }
        catch (IOException e) when (file is null && e.HResult == HeldResult)
        {
            throw InUse(dataFolder);
        }
        catch (Exception e)
        {
            file?.Dispose();
            if (e is IOException or UnauthorizedAccessException)
                throw new CommandFailedException(ExitCode.Error, $"the data folder {dataFolder} cannot be used: {(File.Exists(dataFolder) ? "it is a file" : FileTrouble.Explain(e, dataFolder))}.", e);
            throw;
        }
    }

    public void Dispose() => _file.Dispose();

    private static void Lock(SafeFileHandle file, string dataFolder)
    {
        int error = Try(() => ProcessCalls.TryLock(file));
        if (error == 0)
            return;
        if (error == HeldResult)
            throw InUse(dataFolder);
        string reason = $"flock: {PosixError.Describe(error)}";
        if (ProcessCalls.Is64BitLinux)
        {
            error = Try(() => ProcessCalls.TryLockRecords(file));
            if (error == 0)
                return;
            if (error == HeldResult || error == PosixError.AccessDenied)
                throw InUse(dataFolder);
            reason = $"{reason}; fcntl: {PosixError.Describe(error)}";
        }

        throw new CommandFailedException(
            ExitCode.Error,
            $"the data folder {dataFolder} cannot be used: its file system has no locks, without which a second server could not be kept away ({reason}). Use another file system.",
            new IOException(reason, error));
    }

    private static int Try(Func<int> call)
    {
        while (true)
        {
            int error = call();
            if (error != PosixError.Interrupted)
                return error;
        }
    }

    private static CommandFailedException InUse(string dataFolder) => new(
        ExitCode.Error,
        $"the data folder {dataFolder} is in use by {FindHolder(dataFolder)}; stop that one, or name another folder with --data.");

    private static string FindHolder(string dataFolder)
    {
        try
        {
            return $"process {File.ReadAllText(PidPath(dataFolder)).Trim()}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "another process";
        }
    }

    private static string PidPath(string dataFolder) => Path.Combine(dataFolder, "pid");
}
