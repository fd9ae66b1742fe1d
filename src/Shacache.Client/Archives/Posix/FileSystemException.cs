namespace Shacache.Client.Archives.Posix;

/// <summary>A system call failed. The message has no full stop, as it is put into a sentence.</summary>
internal sealed class FileSystemException(string message) : IOException(message);
