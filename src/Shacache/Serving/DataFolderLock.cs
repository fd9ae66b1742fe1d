using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Shacache.Cli.Errors;
using Shacache.Core.Messages;

namespace Shacache.Cli.Serving;

/// <summary>Keeps a second server, or maintenance, away from a data folder.</summary>
/// <remarks>
/// An advisory lock (flock) on the file <c>lock</c>: the kernel releases it with the process, however that ends, so a file
/// that stayed behind means nothing. The file <c>pid</c> beside it is only for the message to whoever comes second. A file system that has no
/// flock may have the locks of POSIX (fcntl, which the database needs anyway); where there is neither, nothing could keep a second server away.
/// </remarks>
internal sealed partial class DataFolderLock : IDisposable
{
    private const int Exclusive = 2;
    private const int NonBlocking = 4;
    private const int Interrupted = 4;
    private const int AccessDenied = 13;
    private const int SetLock = 37;

    // What FileStream reports when somebody else has the lock: EWOULDBLOCK, on Windows ERROR_SHARING_VIOLATION.
    private static readonly int HeldResult = OperatingSystem.IsWindows() ? unchecked((int)0x80070020) : OperatingSystem.IsMacOS() ? 35 : 11;
    private readonly FileStream _file;

    private DataFolderLock(FileStream file) => _file = file;

    /// <summary>Makes the folder when it is missing, and takes the lock.</summary>
    /// <exception cref="CommandFailedException">Somebody else has it, or the folder cannot be written to.</exception>
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
        int error = Try(() => FLock(file, Exclusive | NonBlocking));
        if (error == 0)
            return;
        if (error == HeldResult)
            throw InUse(dataFolder);
        string reason = $"flock: {Marshal.GetPInvokeErrorMessage(error)}";
        if (OperatingSystem.IsLinux() && Environment.Is64BitProcess)
        {
            // The whole file, for as long as it is open here (F_OFD_SETLK).
            var whole = new RecordLock { Type = 1 };
            error = Try(() => Control(file, SetLock, whole));
            if (error == 0)
                return;
            if (error == HeldResult || error == AccessDenied)
                throw InUse(dataFolder);
            reason = $"{reason}; fcntl: {Marshal.GetPInvokeErrorMessage(error)}";
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
            if (call() == 0)
                return 0;
            int error = Marshal.GetLastPInvokeError();
            if (error != Interrupted)
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

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int FLock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(SafeFileHandle file, int command, in RecordLock range);

    /// <summary>struct flock of 64-bit Linux. Type 1 is for writing; from 0, 0 bytes are all.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 32)]
    private struct RecordLock
    {
        [FieldOffset(0)]
        public short Type;
    }
}
