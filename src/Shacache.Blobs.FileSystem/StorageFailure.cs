using Shacache.Core.Blobs;
using Shacache.Posix;

namespace Shacache.Blobs.FileSystem;

/// <summary>Turns what the operating system says into the exceptions of the contract.</summary>
internal static class StorageFailure
{
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int DarwinQuotaExceeded = 69;

    public static bool IsOfDisk(Exception exception) => exception is IOException or UnauthorizedAccessException;

    /// <param name="exception">What the disk reported.</param>
    /// <param name="attempt">What was tried on which path, without a full stop.</param>
    public static BlobStoreException From(Exception exception, string attempt) =>
        IsFull(exception)
            ? new StorageFullException($"{attempt}: {exception.Message} Nothing was stored; make room.", exception)
            : new BlobStoreException($"{attempt}: {exception.Message}", exception);

    public static bool IsFull(Exception exception)
    {
        if (exception is not IOException)
            return false;
        int code = exception.HResult;
        return code is PosixError.NoSpace or WindowsDiskFull or WindowsHandleDiskFull ||
            (code == PosixError.QuotaExceeded && OperatingSystem.IsLinux()) ||
            (code == DarwinQuotaExceeded && OperatingSystem.IsMacOS());
    }
}
