using Microsoft.Win32.SafeHandles;
using Shacache.Client.Errors;

namespace Shacache.Client.Archives;

/// <summary>Sees a tree while it is extracted, as it will be, and decides whether it may appear. Paths are those below the top folder.</summary>
/// <remarks>For one extraction. Called by two threads at a time.</remarks>
internal interface ITreeProof
{
    /// <summary>A file that is complete.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="file">Open for reading.</param>
    /// <param name="permissions">Its permissions.</param>
    void AddFile(ReadOnlySpan<byte> path, SafeFileHandle file, uint permissions);

    /// <summary>A symbolic link.</summary>
    void AddLink(ReadOnlySpan<byte> path, ReadOnlySpan<byte> target);

    /// <summary>Another name of a file; the file itself may be completed later.</summary>
    void AddHardLink(ReadOnlySpan<byte> path, ReadOnlySpan<byte> file);

    /// <summary>All was seen.</summary>
    /// <exception cref="ArchiveException">The tree would not work.</exception>
    void Check();
}
