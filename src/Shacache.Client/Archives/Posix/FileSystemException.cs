using Shacache.Posix;

namespace Shacache.Client.Archives.Posix;

/// <summary>A system call failed. The message has no full stop, as it is put into a sentence.</summary>
/// <param name="message">What could not be done, and the system's reason.</param>
/// <param name="error">The error number of the system.</param>
internal sealed class FileSystemException(string message, int error) : IOException(message)
{
    /// <summary>The error number of the system.</summary>
    public int Error => error;

    /// <summary>Whether another archive would meet it too, since it says nothing of the names and sizes that were asked for.</summary>
    public bool IsOfMachine => error is not (PosixError.NoEntry or PosixError.Exists or PosixError.CrossDevice or PosixError.NotAFolder
        or PosixError.IsAFolder or PosixError.Invalid or PosixError.FileTooLarge or PosixError.TooManyNames or PosixError.NameTooLong
        or PosixError.NotEmpty or PosixError.TooManyLinks or PosixError.Overflow or PosixError.IllegalBytes);
}
