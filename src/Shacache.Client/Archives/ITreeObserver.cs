using Microsoft.Win32.SafeHandles;
using Shacache.Client.Archives.Posix;

namespace Shacache.Client.Archives;

/// <summary>Sees the content of a folder while it is archived, so that nothing has to be read twice.</summary>
/// <remarks>Called by one thread at a time, in the archive's order. Paths begin with the name of the folder. What was left out of the archive is not seen.</remarks>
internal interface ITreeObserver
{
    /// <summary>A file begins.</summary>
    void BeginFile(ReadOnlyMemory<byte> path, in FileStatus status);

    /// <summary>A piece of its content; what lies between two pieces is a hole.</summary>
    void AddContent(long offsetBytes, ReadOnlySpan<byte> content);

    /// <summary>All of its content was seen.</summary>
    /// <param name="file">The open file; its position must stay where it is.</param>
    void EndFile(SafeFileHandle file);

    /// <summary>Another name of a file that was seen.</summary>
    void AddHardLink(ReadOnlyMemory<byte> path, ReadOnlyMemory<byte> file);

    /// <summary>A symbolic link.</summary>
    void AddSymbolicLink(ReadOnlyMemory<byte> path, ReadOnlySpan<byte> target);
}
