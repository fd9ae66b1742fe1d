using System.Runtime.InteropServices;

namespace Shacache.Core;

/// <summary>The descriptors of this process: files, folders and connections have one each while they are open, and the system allows only so many.</summary>
/// <remarks>
/// A runtime that finds none left can neither start a thread nor load code, and ends. So what may be refused, which is a connection or the file of a request, is refused
/// while some are left. A new descriptor gets the lowest number that is free (POSIX), so that its number tells how many are open, without any counting.
/// </remarks>
public static class Descriptors
{
    private const int TooManyOpenFiles = 24;
    private const int TooManyOpenFilesInSystem = 23;
    private static int _end = int.MaxValue;

    /// <summary>Number from which on descriptors are kept for what cannot be refused; no limit until it is set.</summary>
    public static int End
    {
        get => Volatile.Read(ref _end);
        set => Volatile.Write(ref _end, value);
    }

    /// <summary>Whether a descriptor that was just opened may be kept.</summary>
    public static bool MayKeep(nint descriptor) => descriptor < Volatile.Read(ref _end);

    /// <summary>Closes a descriptor that was just opened when only the reserve is left after it.</summary>
    /// <exception cref="IOException">It was closed; <see cref="IsUsedUp"/> knows this exception.</exception>
    public static T Keep<T>(T opened)
        where T : SafeHandle
    {
        if (MayKeep(opened.DangerousGetHandle()))
            return opened;
        opened.Dispose();
        throw new IOException("Too many files and connections are open.", TooManyOpenFiles);
    }

    /// <summary>Whether an operation failed since no descriptor was left for it, in this process or in the whole system.</summary>
    public static bool IsUsedUp(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is IOException { HResult: TooManyOpenFiles or TooManyOpenFilesInSystem } or
                System.Net.Sockets.SocketException { SocketErrorCode: System.Net.Sockets.SocketError.TooManyOpenSockets })
            {
                return true;
            }
        }

        return false;
    }
}
